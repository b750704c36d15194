import { describe, expect, it } from "vitest";
import { compareTrees } from "../../src/compare/tree/compare-trees.ts";
import { parseJson } from "../../src/compare/tree/parse-json.ts";
import type { Json } from "../../src/compare/tree/json-tree.ts";
import { createRuleBook } from "../../src/compare/rules/rule-book.ts";
import { rule } from "./rules/rule-builder.ts";

const fields = (left: unknown, right: unknown): string[] =>
  compareTrees(left as Json, right as Json).differences.map(({ kind, path }) => `${kind} ${path}`);

const texts = (left: string, right: string): string[] => fields(parseJson(left)?.value, parseJson(right)?.value);

/** The differences under a rule that names the key. */
function keyed(left: unknown, right: unknown): string[] {
  const rules = createRuleBook([rule({ action: { type: "keyed", by: ["id"] } })]).of("GET /", 0);
  if (rules === undefined) throw new Error("no rule holds");
  return compareTrees(left as Json, right as Json, { rules, onHit: () => undefined }).differences.map(
    ({ kind, path }) => `${kind} ${path}`,
  );
}

const rows = <Row extends object>(length: number, change: (id: number) => Row) =>
  Array.from({ length }, (_, id) => ({ id, ...change(id) }));

describe("traps: types", () => {
  it.each([[5], [[]], [true], [""], [null]])("{} and %j differ in type", (other) => {
    expect(fields({}, other)).toEqual(["type $"]);
    expect(fields({ a: {} }, { a: other })).toEqual(["type $.a"]);
  });
});

describe("traps: keyed arrays", () => {
  const cases: [string, unknown[], unknown[], string[]][] = [
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
      ["value $[*].v"],
    ],
    ["changed counts of duplicate ids", [{ id: 1 }, { id: 1 }], [{ id: 1 }], ["missing $[*]"]],
    ["elements without an id", [{ v: 1 }, { v: 2 }], [{ v: 3 }, { v: 2 }], ["value $[*].v"]],
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
      ["value $[*].v"],
    ],
    [
      '1 next to "1"',
      [
        { id: 1, v: 1 },
        { id: "1", v: 2 },
      ],
      [
        { id: 1, v: 2 },
        { id: "1", v: 1 },
      ],
      ["value $[*].v"],
    ],
    [
      "the id __proto__",
      [{ id: "__proto__", v: 1 }, { id: 2 }],
      [{ id: "__proto__", v: 2 }, { id: 2 }],
      ["value $[*].v"],
    ],
    ["another order", [{ id: 1 }, { id: 2 }], [{ id: 2 }, { id: 1 }], ["order $"]],
    ["ids beyond doubles", [{ id: 1, v: 1 }, { id: 2 }], [{ id: 2 }, { id: 1, v: 2 }], ["order $", "value $[*].v"]],
    ["a multiset", [1, 1, 2], [1, 2, 2], ["value $[*]"]],
    ["elements of several types", [{ id: 1 }, 5], [5, { id: 1 }], ["order $"]],
  ];

  it.each(cases)("%s, by an inferred key or by alignment", (_, left, right, found) => {
    expect(fields(left, right)).toEqual(found);
  });

  it.each(cases)("%s, under a rule that names the key", (_, left, right, found) => {
    expect(keyed(left, right)).toEqual(found);
  });

  it("order, missing and extra are separate kinds", () => {
    const left = rows(40, () => ({}));
    const [first, second, ...rest] = left;
    expect(fields(left, [second, first, ...rest.slice(1), { id: 99 }])).toEqual([
      "order $",
      "missing $[*]",
      "extra $[*]",
    ]);
  });

  it("an inferred key pairs what moved and changed", () => {
    const left = rows(40, (id) => ({ v: id % 3 }));
    const right = left.map(({ id, v }) => ({ v: id === 7 ? 9 : v, id })).toReversed();
    expect(fields(left, right)).toEqual(["order $", "value $[*].v"]);
    expect(compareTrees(left, right).differences[1]?.path).toBe("$[*].v");
  });

  it("a member is a key with 95% of its values on both sides, and not with fewer", () => {
    const left = rows(20, () => ({ v: 1 }));
    const without = (count: number) =>
      left.map((row, at) => (at < count ? { ...row, id: 100 + at } : row)).toReversed();
    expect(fields(left, without(1))).toEqual(["order $", "missing $[*]", "extra $[*]"]);
    expect(fields(left, without(2))).toEqual(["order $", "value $[*].id"]);
  });
});

describe("traps: paths", () => {
  it("keys with dots and brackets, and ids that look like keys, have separate paths", () => {
    expect(fields({ "x[b]": { b: 1 } }, { "x[b]": { b: 2 } })).toEqual(["value $['x[b]'].b"]);
    expect(fields({ "x[b]": 1 }, { "x[b]": 2 })).toEqual(["value $['x[b]']"]);
    expect(fields({ a: { b: 1 }, "a.b": 1 }, { a: { b: 2 }, "a.b": 2 })).toEqual(["value $['a.b']", "value $.a.b"]);
    expect(fields({ rows: [{ id: "v", v: 1 }] }, { rows: [{ id: "v", v: 2 }] })).toEqual(["value $.rows[*].v"]);
  });

  it("a missing parent is one difference, without its children", () => {
    expect(fields({ a: { b: 1, c: { d: 2 } } }, { e: { f: 1 } })).toEqual(["missing $.a", "extra $.e"]);
  });
});

const map = (size: number, value: (at: number) => unknown) =>
  Object.fromEntries(Array.from({ length: size }, (_, at) => [`k${at}`, value(at)]));

describe("traps: keys that are data", () => {
  it.each([["17"], ["8f14e45f-ceea-4e7f-a1b2-0242ac120002"], ["2026-01-31"], ["5f2b8c1d9e3a4f60"]])(
    "%s is {*}",
    (key) => {
      expect(fields({ [key]: 1 }, { [key]: 2 })).toEqual(["value ${*}"]);
    },
  );

  it.each([["id17"], ["face"], ["a-b"], ["deadbeef"]])("%s is a name", (key) => {
    expect(fields({ [key]: 1 }, { [key]: 2 })[0]).toContain(key);
  });

  it("more than 50 members of one type are data; mixed or fewer members are names", () => {
    expect(
      fields(
        map(51, Number),
        map(51, (at) => -1 - at),
      ),
    ).toEqual(["value ${*}"]);
    expect(
      fields(
        map(50, Number),
        map(50, (at) => -1 - at),
      ),
    ).toHaveLength(50);
    const mixed = (plus: number) => map(60, (at) => (at === 0 ? "x" : at + plus));
    expect(fields(mixed(0), mixed(1))).toHaveLength(59);
  });
});

describe("traps: lost while parsing", () => {
  it.each([
    ["9007199254740993", "9007199254740992"],
    ["1e400", "1e500"],
    ["0.1000000000000000055", "0.1"],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['{"\\n":0,"\\\\":0}', '{"\\n":0,"\\"":0}'],
  ])("%s differs from %s", (left, right) => {
    expect(texts(left, right)).not.toEqual([]);
    expect(texts(right, left)).not.toEqual([]);
  });

  it.each([
    ["1.0", "1"],
    ["100", "1e2"],
    ["-0", "0"],
    ["9007199254740993.0", "9007199254740993"],
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['"\\u0061"', '"a"'],
  ])("%s is %s", (left, right) => {
    expect(texts(left, right)).toEqual([]);
  });
});

const nest = (leaf: number) => JSON.parse(`${"[".repeat(200_000)}${leaf}${"]".repeat(200_000)}`) as Json;

describe("traps: size and depth", () => {
  it("one element inserted at the start of 1 MB is one difference", () => {
    const left = rows(20_000, (id) => ({ name: `name of ${id}`, price: id / 4 }));
    expect(fields(left, [{ id: -1 }, ...left])).toEqual(["extra $[*]"]);
  });

  it("levels that would overflow the stack are compared", () => {
    expect(fields(nest(1), nest(2))).toHaveLength(1);
    expect(fields(nest(1), nest(1))).toEqual([]);
  });
});
