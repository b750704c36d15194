import { describe, expect, it } from "vitest";
import { memoizeLast, memoizeList, memoizePerObject } from "../../src/lib/memoize.ts";

describe("memoizePerObject", () => {
  it("computes once for each object, also when the result is undefined", () => {
    const seen: string[] = [];
    const made = memoizePerObject(({ name }: { readonly name: string }) => {
      seen.push(name);
      return undefined;
    });
    const [a, b] = [{ name: "a" }, { name: "a" }];
    expect([made(a), made(a), made(b), made(a)]).toEqual([undefined, undefined, undefined, undefined]);
    expect(seen).toEqual(["a", "a"]);
  });
});

describe("memoizeLast", () => {
  const subject = {};
  const made = memoizeLast((_: object, inputs: { readonly list: readonly number[]; readonly bar?: number }) => [
    inputs,
  ]);

  it("returns the same result while every input is the same, and computes again when one changes", () => {
    const list = [1];
    const first = made(subject, { list, bar: Number.NaN });
    expect(made(subject, { list, bar: Number.NaN })).toBe(first);
    expect(made(subject, { list: [1], bar: Number.NaN })).not.toBe(first);
    expect(made(subject, { list, bar: 2 })).toEqual([{ list, bar: 2 }]);
    expect(made({}, { list, bar: 2 })).not.toBe(made(subject, { list, bar: 2 }));
  });

  it("distinguishes an input that is present from one that is missing", () => {
    const list = [1];
    const without = made(subject, { list });
    expect(made(subject, { list, bar: 1 })).not.toBe(without);
    expect(made(subject, { list })).toEqual([{ list }]);
  });
});

describe("memoizeList", () => {
  it("returns the same result while the list has the same elements in the same order", () => {
    const made = memoizeList((list: readonly { readonly name: string }[]) => list.map(({ name }) => name));
    const [a, b, c] = [{ name: "a" }, { name: "b" }, { name: "c" }];
    const first = made([a, b]);
    expect(made([a, b])).toBe(first);
    expect(made([b, a])).toEqual(["b", "a"]);
    expect(made([a, b])).toBe(first);
    expect(made([a, b, c])).toEqual(["a", "b", "c"]);
    expect(made([a])).toEqual(["a"]);
    expect(made([a, c])).toEqual(["a", "c"]);
    expect(made([])).toEqual([]);
  });
});
