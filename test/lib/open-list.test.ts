import { describe, expect, it } from "vitest";
import { OpenList } from "../../src/lib/open-list.ts";

function numbered(count: number): { listedAt: number; readonly name: number }[] {
  return Array.from({ length: count }, (_, name) => ({ listedAt: -1, name }));
}

describe("a list of what is under way", () => {
  it("holds what was added and not deleted, in whatever order it ends", () => {
    const list = new OpenList<{ listedAt: number; readonly name: number }>();
    const items = numbered(7);
    for (const item of items) list.add(item);
    for (const name of [6, 0, 3]) list.delete(items[name] as (typeof items)[number]);
    expect([...list].map(({ name }) => name).toSorted((a, b) => a - b)).toEqual([1, 2, 4, 5]);
    expect(list.size).toBe(4);
    for (const item of list) list.delete(item);
    expect([...list]).toEqual([]);
    expect(list.size).toBe(0);
  });

  it("takes what it has held before", () => {
    const list = new OpenList<{ listedAt: number; readonly name: number }>();
    const [first, second] = numbered(2) as [{ listedAt: number; name: number }, { listedAt: number; name: number }];
    list.add(first);
    list.add(second);
    list.delete(first);
    list.add(first);
    list.delete(second);
    expect([...list]).toEqual([first]);
  });
});
