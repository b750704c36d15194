import { atomizeChangeset, diff } from "json-diff-ts";
import { assert, jsonValue, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { compareTrees } from "../../src/compare/tree/compare-trees.ts";
import { findValueChanges } from "../../src/compare/json-changes.ts";
import { parseJson } from "../../src/compare/tree/parse-json.ts";
import type { Json } from "../../src/compare/tree/json-tree.ts";

function changes(left: unknown, right: unknown): string[] {
  return findValueChanges(left, right)
    .changes.map(({ op, pointer }) => `${op} ${pointer}`)
    .toSorted();
}

function equalForUs(left: unknown, right: unknown): boolean {
  const walked = compareTrees(left as Json, right as Json).differences.length === 0;
  expect(changes(left, right).length === 0).toBe(walked);
  return walked;
}

/** The value at a JSON Pointer. */
function at(root: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1);
  return keys
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (value, key) => (Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined),
      root,
    );
}

const lossless = (text: string) => parseJson(text)?.value;

const nested = (levels: number, leaf: number) =>
  JSON.parse(`${"[".repeat(levels)}${leaf}${"]".repeat(levels)}`) as Json;

const numbersFrom = (plus: number) => Array.from({ length: 6_000 }, (_, index) => index + plus);

const atomizedPaths = (left: unknown, right: unknown, options = {}): string[] =>
  atomizeChangeset(diff(left, right, options)).map(({ path }) => path);

const rowsOf = (v: number) => ({ rows: [{ id: "v", v }] });

describe("findValueChanges", () => {
  it("lists the pointers of added, removed and replaced values", () => {
    expect(changes({ a: [1, { b: 2 }], c: 1, d: {} }, { a: [1, { b: 3 }, 4], d: { e: 1 }, f: null })).toEqual([
      "add /a/2",
      "add /d/e",
      "add /f",
      "remove /c",
      "replace /a/1/b",
    ]);
  });

  it("reports a change of type as one replacement, also at the root", () => {
    expect(changes({ a: 1 }, { a: "1" })).toEqual(["replace /a"]);
    expect(changes([{ a: [] }], [{ a: {} }])).toEqual(["replace /0/a"]);
    for (const [left, right] of [
      [{}, []],
      [[], {}],
      [1, "1"],
      [null, {}],
      [{}, null],
      [1, 2],
    ]) {
      expect(changes(left, right)).toEqual(["replace "]);
    }
    expect(changes(null, null)).toEqual([]);
  });

  it("handles keys that look like the library's own, like indexes or like paths", () => {
    expect(changes({ $root: 1 }, { $root: "1" })).toEqual(["replace /$root"]);
    expect(changes({ $root: { $index: 1 } }, { $root: { $index: 2 } })).toEqual(["replace /$root/$index"]);
    expect(changes([[1]], [[2]])).toEqual(["replace /0/0"]);
    expect(changes({ "0": [1] }, { "0": ["1"] })).toEqual(["replace /0/0"]);
    expect(changes({ "a.b": { "c/d": { "~": 1 } } }, { "a.b": { "c/d": { "~": 2 } } })).toEqual([
      "replace /a.b/c~1d/~0",
    ]);
    expect(changes({ "": { "": 1 } }, { "": { "": 2 } })).toEqual(["replace //"]);
  });

  it("does not modify prototypes", () => {
    const [left, right] = ['{"__proto__":{"x":1}}', '{"__proto__":{"x":2}}'].map((text) => JSON.parse(text) as Json);
    expect(changes(left, right)).toEqual(["replace /__proto__/x"]);
    expect(changes({}, right)).toEqual(["add /__proto__"]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it("compares exact numbers and duplicate keys", () => {
    expect(changes(lossless('{"n":9007199254740993}'), lossless('{"n":9007199254740992}'))).toEqual(["replace /n"]);
    expect(changes(lossless('{"n":9007199254740993}'), lossless('{"n":9007199254740993.0}'))).toEqual([]);
    expect(changes(lossless('{"a":1,"a":2}'), lossless('{"a":2}'))).toEqual(["replace /a"]);
    expect(changes(lossless('{"a":1,"a":2}'), lossless('{"a":1,"a":2}'))).toEqual([]);
  });

  it("lists exactly the pointers whose values differ", () => {
    assert(
      property(jsonValue({ maxDepth: 4 }), jsonValue({ maxDepth: 4 }), (left, right) => {
        for (const { op, pointer } of findValueChanges(left, right).changes) {
          const [a, b] = [at(left, pointer), at(right, pointer)];
          expect([a === undefined, b === undefined]).toEqual([op === "add", op === "remove"]);
          expect(diff(a, b)).not.toEqual([]);
        }
        equalForUs(left, right);
      }),
      { numRuns: 1_000 },
    );
  });

  it("reports trees that are too deep or too large as cut", () => {
    expect(findValueChanges(nested(100_000, 1), nested(100_000, 2))).toEqual({
      changes: [{ op: "replace", pointer: "" }],
      cut: true,
    });
    expect(findValueChanges(nested(100_000, 1), nested(100_000, 1))).toEqual({ changes: [], cut: true });
    const wide = Array.from({ length: 50_001 }, () => 1);
    expect(findValueChanges(wide, [...wide, 1])).toEqual({ changes: [{ op: "replace", pointer: "" }], cut: true });
  });

  it("lists 5,000 changes and sets cut", () => {
    const { changes, cut } = findValueChanges(numbersFrom(0), numbersFrom(1));
    expect({ listed: changes.length, cut }).toEqual({ listed: 5_000, cut: true });
  });
});

/** Reproduced with json-diff-ts 4.10.4. The first expectation shows the trap, the second that we avoid it. */
describe("traps of json-diff-ts", () => {
  it.each([[5], [[]], [true], [""]])("treatTypeChangeAsReplace: false treats {} and %j as equal", (other) => {
    expect(diff({}, other, { treatTypeChangeAsReplace: false })).toEqual([]);
    expect(equalForUs({ v: {} }, { v: other })).toBe(false);
    expect(equalForUs({}, other)).toBe(false);
  });

  it.each([
    [
      "duplicate ids",
      [
        { id: 1, v: 1 },
        { id: 1, v: 2 },
      ],
      [
        { id: 1, v: 9 },
        { id: 1, v: 2 },
      ],
    ],
    ["changed counts of duplicate ids", [{ id: 1 }, { id: 1 }], [{ id: 1 }]],
    ["elements without an id", [{ v: 1 }, { v: 2 }], [{ v: 3 }, { v: 2 }]],
    [
      'null next to "null"',
      [
        { id: null, v: 1 },
        { id: "null", v: 2 },
      ],
      [
        { id: null, v: 9 },
        { id: "null", v: 2 },
      ],
    ],
    ["the id __proto__", [{ id: "__proto__", v: 1 }], [{ id: "__proto__", v: 2 }]],
    ["another order", [{ id: 1 }, { id: 2 }], [{ id: 2 }, { id: 1 }]],
  ])("embeddedObjKeys misses %s", (_, left, right) => {
    expect(diff({ rows: left }, { rows: right }, { embeddedObjKeys: { rows: "id" } })).toEqual([]);
    expect(equalForUs({ rows: left }, { rows: right })).toBe(false);
  });

  it("$value loses the number of occurrences of a value", () => {
    expect(diff({ v: [1, 1, 2] }, { v: [1, 2, 2] }, { embeddedObjKeys: { v: "$value" } })).toEqual([]);
    expect(equalForUs({ v: [1, 1, 2] }, { v: [1, 2, 2] })).toBe(false);
  });

  it("atomizeChangeset gives two positions one path, and loses the last step after an id that equals the key", () => {
    expect(atomizedPaths({ "x[b]": { b: 1 } }, { "x[b]": { b: 2 } })).toEqual(["$.x[b]"]);
    expect(atomizedPaths({ "x[b]": 1 }, { "x[b]": 2 })).toEqual(["$.x[b]"]);
    expect(atomizedPaths(rowsOf(1), rowsOf(2), { embeddedObjKeys: { rows: "id" } })).toEqual(["$.rows[?(@.id=='v')]"]);

    expect(changes({ "x[b]": { b: 1 } }, { "x[b]": { b: 2 } })).toEqual(["replace /x[b]/b"]);
    expect(changes({ "x[b]": 1 }, { "x[b]": 2 })).toEqual(["replace /x[b]"]);
    expect(changes(rowsOf(1), rowsOf(2))).toEqual(["replace /rows/0/v"]);
    expect(compareTrees(rowsOf(1), rowsOf(2)).differences.map(({ path }) => path)).toEqual(["$.rows[*].v"]);
  });

  it("diff overflows the stack on deep trees", () => {
    expect(() => diff(nested(20_000, 1), nested(20_000, 2))).toThrow(RangeError);
    expect(equalForUs(nested(20_000, 1), nested(20_000, 2))).toBe(false);
  });

  it("keysToSkip does not reach into an added subtree", () => {
    const added = diff({}, { a: { skipped: 1 } }, { keysToSkip: ["a.skipped"] });
    expect(added).toMatchObject([{ type: "ADD", key: "a", value: { skipped: 1 } }]);
    expect(equalForUs({}, { a: { skipped: 1 } })).toBe(false);
  });

  it("one element inserted at the start changes every index", () => {
    const rows = Array.from({ length: 500 }, (_, id) => ({ id }));
    expect(changes(rows, [{ id: -1 }, ...rows])).toHaveLength(501);
    const { differences } = compareTrees(rows, [{ id: -1 }, ...rows]);
    expect(differences.map(({ kind, path }) => `${kind} ${path}`)).toEqual(["extra $[*]"]);
  });

  it("what JSON.parse loses, it cannot see", () => {
    for (const [left, right] of [
      ["9007199254740993", "9007199254740992"],
      ["1e400", "1e500"],
      ['{"a":1,"a":2}', '{"a":2}'],
    ]) {
      expect(diff(JSON.parse(left ?? ""), JSON.parse(right ?? ""))).toEqual([]);
      expect(equalForUs(parseJson(left ?? "")?.value, parseJson(right ?? "")?.value)).toBe(false);
    }
  });
});
