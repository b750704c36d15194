import { describe, expect, it } from "vitest";
import { BinaryHeap } from "../../src/lib/binary-heap.ts";

describe("BinaryHeap", () => {
  it("returns items in order, whatever the order in which they were added", () => {
    // A linear congruential generator (Numerical Recipes), so that the order is the same every time.
    let seed = 1;
    const next = (): number => (seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32) % 100;
    const heap = new BinaryHeap<number>((one, other) => one < other);
    const expected: number[] = [];
    const returned: number[] = [];
    for (let round = 0; round < 500; round += 1) {
      const value = next();
      heap.add(value);
      expected.push(value);
      if (round % 3 !== 0) continue;
      expected.sort((one, other) => one - other);
      expect(heap.first).toBe(expected[0]);
      expect(heap.removeFirst()).toBe(expected.shift());
    }
    while (heap.size > 0) returned.push(heap.removeFirst() ?? Number.NaN);
    expect(returned).toEqual(expected.toSorted((one, other) => one - other));
    expect([heap.removeFirst(), heap.first]).toEqual([undefined, undefined]);
  });

  it("forgets all items when it is cleared", () => {
    const heap = new BinaryHeap<string>((one, other) => one < other);
    heap.add("b");
    heap.add("a");
    heap.clear();
    expect([heap.size, heap.first]).toEqual([0, undefined]);
  });
});
