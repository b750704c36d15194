import { describe, expect, it } from "vitest";
import { IntrusiveSet } from "../../src/lib/intrusive-set.ts";

function numbered(count: number): { setIndex: number; readonly name: number }[] {
  return Array.from({ length: count }, (_, name) => ({ setIndex: -1, name }));
}

describe("IntrusiveSet", () => {
  it("contains the added items that were not deleted, in any order of deletion", () => {
    const set = new IntrusiveSet<{ setIndex: number; readonly name: number }>();
    const items = numbered(7);
    for (const item of items) set.add(item);
    for (const name of [6, 0, 3]) set.delete(items[name] as (typeof items)[number]);
    expect([...set].map(({ name }) => name).toSorted((a, b) => a - b)).toEqual([1, 2, 4, 5]);
    expect(set.size).toBe(4);
    for (const item of set) set.delete(item);
    expect([...set]).toEqual([]);
    expect(set.size).toBe(0);
  });

  it("accepts an item again after it was deleted", () => {
    const set = new IntrusiveSet<{ setIndex: number; readonly name: number }>();
    const [first, second] = numbered(2) as [{ setIndex: number; name: number }, { setIndex: number; name: number }];
    set.add(first);
    set.add(second);
    set.delete(first);
    set.add(first);
    set.delete(second);
    expect([...set]).toEqual([first]);
  });
});
