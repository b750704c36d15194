import { atomizeChangeset, diff } from "json-diff-ts";
import { isDeepStrictEqual } from "node:util";
import { array, assert, constantFrom, integer, jsonValue, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { compareTrees } from "../../src/compare/tree/compare-trees.ts";
import { findValueChanges } from "../../src/compare/json-changes.ts";
import { parseJson } from "../../src/compare/tree/parse-json.ts";
import type { Json, JsonObject } from "../../src/compare/tree/json-tree.ts";
import { escapeToken } from "../../src/compare/tree/tree-position.ts";
import type { BodyChange } from "../../src/model/sample.ts";

function changes(left: unknown, right: unknown): string[] {
  return findValueChanges(left as Json, right as Json)
    .changes.map(({ op, pointer, candidatePointer = "" }) => `${op} ${pointer} ${candidatePointer}`.trimEnd())
    .toSorted();
}

function equalForUs(left: unknown, right: unknown): boolean {
  const walked = compareTrees(left as Json, right as Json).differences.length === 0;
  expect(changes(left, right).length === 0).toBe(walked);
  return walked;
}

/**
 * The pairs that the changes leave unmarked although their values differ, and marked pairs whose values are equal. Arrays are
 * paired as `BodyChange` describes.
 */
function wronglyMarked(left: Json, right: Json, changes: readonly BodyChange[]): string[] {
  const places = (op: BodyChange["op"], side: "pointer" | "candidatePointer"): Map<string, string> =>
    new Map(
      changes
        .filter((each) => each.op === op)
        .map(({ pointer, candidatePointer = pointer }) =>
          side === "pointer" ? [pointer, candidatePointer] : [candidatePointer, pointer],
        ),
    );
  const [removed, replaced, moved] = [
    places("remove", "pointer"),
    places("replace", "pointer"),
    places("move", "pointer"),
  ];
  const [added, movedTo] = [places("add", "candidatePointer"), places("move", "candidatePointer")];
  const wrong: string[] = [];
  const walk = (a: Json, b: Json, at: string, other: string): void => {
    const isReplaced = replaced.has(at);
    if (isReplaced || !(isPlain(a) && isPlain(b)) || Array.isArray(a) !== Array.isArray(b)) {
      if (isReplaced === isDeepStrictEqual(a, b)) wrong.push(`${at} ${other}`);
      return;
    }
    const keys = Object.keys(a).map((key) => `${at}/${escapeToken(key)}`);
    const kept = keys.filter((key) => !removed.has(key) && !moved.has(key));
    const rest = Object.keys(b)
      .map((key) => `${other}/${escapeToken(key)}`)
      .filter((key) => !added.has(key) && !movedTo.has(key));
    if (kept.length !== rest.length) wrong.push(`${at}: ${kept.length} against ${rest.length}`);
    const partners = Array.isArray(a) ? rest : kept.map((key) => other + key.slice(at.length));
    const pairs = kept.map((key, index) => [key, partners[index] as string] as const);
    const movedHere = keys.flatMap((key) => (moved.has(key) ? [[key, moved.get(key) as string] as const] : []));
    for (const [key, partner] of [...pairs, ...movedHere]) {
      walk(valueAt(a, key.slice(at.length)), valueAt(b, partner.slice(other.length)), key, partner);
    }
  };
  walk(left, right, "", "");
  return wrong;
}

function valueAt(container: Json[] | JsonObject, token: string): Json {
  return (container as JsonObject)[token.slice(1).replaceAll("~1", "/").replaceAll("~0", "~")] as Json;
}

function items(ids: readonly number[], named: number): Json[] {
  return ids.map((id) => ({ id, name: id === named ? "new" : `item ${id}`, size: 7 }));
}

function isPlain(value: Json): value is Json[] | JsonObject {
  return typeof value === "object" && value !== null;
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
      expect(changes(left, right)).toEqual(["replace"]);
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

  it("pairs the elements of arrays by content, and lists the fewest elements that have moved", () => {
    expect(changes([1, 2, 3, 4], [2, 3, 1, 4])).toEqual(["move /0 /2"]);
    expect(changes(["a", "b", "c"], ["d", "b", "a"])).toEqual(["move /0 /2", "move /1 /1", "replace /2 /0"]);
    expect(changes([1, 2, [3]], [0, 1, 2, [3]])).toEqual(["add /0"]);
  });

  it("lists another value at another place as removed and added, not as moved and replaced", () => {
    expect(changes([0, null], [null, ""])).toEqual(["add /1", "remove /0"]);
    expect(changes([[0], null], [null, [1]])).toEqual(["move /0 /1", "replace /0/0 /1/0"]);
  });

  it("pairs the elements of arrays by their ids, and lists what has changed in a moved one", () => {
    expect(changes(items([1, 2, 3, 4], 0), items([4, 1, 2, 3], 4))).toEqual(["move /3 /0", "replace /3/name /0/name"]);
    expect(changes(items([1, 2, 3, 4], 0), items([2, 3, 4], 3))).toEqual(["remove /0", "replace /2/name /1/name"]);
  });

  it("moves an element over one that stayed, although the comparison counts no other order", () => {
    const [left, right] = [
      [{ id: "a" }, { id: "b" }, { id: "c" }],
      [{ id: "d" }, { id: "b" }, { id: "a" }],
    ];
    const { changes: listed } = findValueChanges(left, right);
    expect(wronglyMarked(left, right, listed)).toEqual([]);
  });

  it("lists exactly what differs", () => {
    const small = jsonValue({ maxDepth: 3, stringUnit: constantFrom("a", "b", "/", "~") });
    const lists = array(oneof(small, record({ id: integer({ min: 0, max: 5 }), v: small })), { maxLength: 7 });
    const value = oneof(small, lists, record({ rows: lists, more: lists }));
    assert(
      property(value, value, (left, right) => {
        const { changes: listed } = findValueChanges(left as Json, right as Json);
        expect(wronglyMarked(left as Json, right as Json, listed)).toEqual([]);
        equalForUs(left, right);
      }),
      { numRuns: 2_000 },
    );
  });

  it("lists a change below the depth limit as one of its ancestor", () => {
    const { changes: listed, cut } = findValueChanges(nested(100_000, 1), nested(100_000, 2));
    expect(listed.map(({ op, pointer }) => `${op} ${pointer.length}`)).toEqual(["replace 200"]);
    expect(cut).toBe(false);
    expect(findValueChanges(nested(100_000, 1), nested(100_000, 1))).toEqual({ changes: [], cut: false });
  });

  it("finds one change in a large body", () => {
    const wide = Array.from({ length: 500_000 }, () => 1);
    expect(findValueChanges(wide, [...wide, 1])).toEqual({ changes: [{ op: "add", pointer: "/500000" }], cut: false });
  });

  it("lists 5,000 changes and sets cut", () => {
    const { changes: listed, cut } = findValueChanges(numbersFrom(0), numbersFrom(10_000));
    expect({ listed: listed.length, cut }).toEqual({ listed: 5_000, cut: true });
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
    expect(diff(rows, [{ id: -1 }, ...rows])[0]?.changes).toHaveLength(501);
    expect(changes(rows, [{ id: -1 }, ...rows])).toEqual(["add /0"]);
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
