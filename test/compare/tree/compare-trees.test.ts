import { diff } from "json-diff-ts";
import { assert, jsonValue, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { COMPARISON_LIMITS, compareTrees } from "../../../src/compare/tree/compare-trees.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import type { Json } from "../../../src/compare/tree/json-tree.ts";
import { createRedactor } from "../../../src/compare/redact/redactor.ts";
import { KEY } from "../build-exchanges.ts";

const redactor = createRedactor(KEY);

/** `kind path @pointer primary → candidate`, one line per difference. */
function described(left: unknown, right: unknown): string[] {
  return compareTrees(left as Json, right as Json).differences.map((difference) => {
    const { kind, path } = difference;
    const { pointer, primary, candidate } = difference.detail(redactor);
    return `${kind} ${path} @${pointer} ${primary} → ${candidate}`;
  });
}

function fields(left: unknown, right: unknown): string[] {
  return compareTrees(left as Json, right as Json).differences.map(({ kind, path }) => `${kind} ${path}`);
}

const pricedRows = (price: number) => ({ items: Array.from({ length: 50 }, (_, id) => ({ id, price })) });

const agree = (left: unknown, right: unknown): void => {
  expect(fields(left, right).length === 0).toBe(diff(left, right).length === 0);
};

const nestedObjects = (leaf: string) =>
  parseJson(`${'{"a":'.repeat(100_000)}${leaf}${"}".repeat(100_000)}`)?.value as Json;

const nestedArrays = (leaf: string) => parseJson(`${"[0,".repeat(20_000)}${leaf}${"]".repeat(20_000)}`)?.value as Json;

describe("compareTrees", () => {
  it("reports where and how two trees differ", () => {
    expect(
      described({ items: [{ "a.b": { x: 1 } }], gone: null }, { items: [{ "a.b": { x: 2 } }], come: true }),
    ).toEqual([
      "missing $.gone @/gone null → null",
      "extra $.come @/come null → true",
      "value $.items[*]['a.b'].x @/items/0/a.b/x 1 → 2",
    ]);
  });

  it("escapes keys in paths and pointers", () => {
    expect(described({ "it's": 1, "a/b~c": 1, "": 1, "\n": 1 }, { "it's": 2, "a/b~c": 2, "": 2, "\n": 2 })).toEqual([
      "value $['it\\'s'] @/it's 1 → 2",
      "value $['a/b~c'] @/a~1b~0c 1 → 2",
      "value $[''] @/ 1 → 2",
      "value $['\\n'] @/\n 1 → 2",
    ]);
  });

  it("distinguishes keys whose paths look alike", () => {
    expect(fields({ ".a": 1, a: 1, "a.b": 1, "{*}": 1 }, { ".a": 2, a: 2, "a.b": 2, "{*}": 2 })).toEqual([
      "value $['.a']",
      "value $.a",
      "value $['a.b']",
      "value $['{*}']",
    ]);
  });

  it.each([
    [1, "1"],
    [null, 0],
    [{}, []],
    [true, 1],
    ["", null],
  ])("reports %j and %j as a change of type", (left, right) => {
    expect(fields(left, right)).toEqual(["type $"]);
    expect(fields({ a: [left] }, { a: [right] })).toEqual(["type $.a[*]"]);
  });

  it("ignores the order of members", () => {
    expect(fields({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 })).toEqual([]);
  });

  it("reports the same elements in another order as one difference", () => {
    expect(described({ tags: [{ a: 1 }, { b: 2 }, 3] }, { tags: [3, { b: 2 }, { a: 1 }] })).toEqual([
      "order $.tags @/tags array of 3 elements → array of 3 elements",
    ]);
  });

  it("distinguishes another order from another count of the same elements", () => {
    expect(fields([1, 1, 2], [1, 2, 2])).toEqual(["value $[*]"]);
    expect(fields([1, 1, 2], [1, 2, 1])).toEqual(["order $"]);
  });

  it("reports another length as missing or extra elements", () => {
    expect(described([1, 2, 3], [1, 2])).toEqual(["missing $[*] @/2 3 → null"]);
    expect(described([1], [1, { a: 1 }])).toEqual(["extra $[*] @/1 null → object of 1 member"]);
    expect(described([], [[]])).toEqual(["extra $[*] @/0 null → array of 0 elements"]);
  });

  it("reports one insertion at the start as one difference", () => {
    const rows = Array.from({ length: 1_000 }, (_, id) => ({ id, name: `n${id}` }));
    expect(described(rows, [{ id: -1, name: "new" }, ...rows])).toEqual(["extra $[*] @/0 null → object of 2 members"]);
    expect(diff(rows, [{ id: -1, name: "new" }, ...rows])[0]?.changes).toHaveLength(1_001);
  });

  it("distinguishes moved elements from a changed one", () => {
    expect(fields([{ id: 1 }, { id: 2 }, { id: 3 }], [{ id: 2 }, { id: 1 }, { id: 9 }])).toEqual([
      "order $",
      "value $[*].id",
    ]);
  });

  it("reports one difference for all positions of one path", () => {
    expect(described(pricedRows(1), pricedRows(2))).toEqual(["value $.items[*].price @/items/0/price 1 → 2"]);
  });

  it("does not report the children of a missing value", () => {
    expect(fields({ a: { b: { c: 1 } } }, {})).toEqual(["missing $.a"]);
  });

  it("reports a key that is repeated on one side", () => {
    const [once, twice, other] = ['{"a":2}', '{"a":1,"a":2}', '{"a":9,"a":2}'].map((text) => parseJson(text)?.value);
    expect(fields(once, twice)).toEqual(["extra $.a"]);
    expect(fields(twice, once)).toEqual(["missing $.a"]);
    expect(fields(twice, other)).toEqual(["value $.a"]);
    expect(fields(twice, twice)).toEqual([]);
  });

  it("accepts __proto__, constructor and toString as keys", () => {
    const [left, right] = ['{"__proto__":1,"toString":1}', '{"constructor":1}'].map((text) => JSON.parse(text) as Json);
    expect(fields(left, right)).toEqual(["missing $.__proto__", "missing $.toString", "extra $.constructor"]);
    expect(fields({}, JSON.parse('{"__proto__":{}}'))).toEqual(["extra $.__proto__"]);
  });

  it("agrees with json-diff-ts on whether two trees are equal", () => {
    const tree = jsonValue({ maxDepth: 5 });
    assert(property(tree, tree, agree), { numRuns: 1_500 });
    assert(
      property(tree, nat(), tree, (left, at, replacement) => agree(left, mutated(left, at, replacement))),
      { numRuns: 1_500 },
    );
  });
});

/** A copy with one node replaced by another, or unchanged. */
function mutated(root: unknown, at: number, replacement: unknown): unknown {
  const copy = structuredClone(root);
  const places: [Record<string, unknown>, string][] = [];
  const open = [copy];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== "object" || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      open.push(child);
    }
  }
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return at % 2 === 0 ? copy : replacement;
  if (at % 3 === 0 && !Array.isArray(place[0])) delete place[0][place[1]];
  else if (place[1] !== "__proto__") place[0][place[1]] = replacement;
  return copy;
}

describe("compareTrees: secrets", () => {
  it("compares secret values and shows fingerprints", () => {
    const [line = ""] = described({ password: "hunter2" }, { password: "hunter3" });
    expect(line).toMatch(/^value \$\.password @\/password "\[redacted:[0-9a-f]{8}\]" → "\[redacted:[0-9a-f]{8}\]"$/);
    expect(described({ password: "hunter2" }, { password: "hunter2" })).toEqual([]);
  });

  it("hides everything below a sensitive name, keys included", () => {
    const lines = described({ tokens: { k9f3a77: { pin: 1234 } } }, { tokens: { k9f3a77: { pin: 9876 } } }).join();
    expect(lines).toMatch(/^value \$\.tokens\{\*\}\.pin @\/tokens\/\[redacted:\w{8}\]\/pin \[redacted:/);
    expect(lines).not.toMatch(/k9f3a77|1234|9876/);
  });

  it("hides a key that has the form of a credential", () => {
    const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    expect(described({ [jwt]: 1 }, { [jwt]: 2 })[0]).toMatch(/^value \$\{\*\} @\/\[redacted:\w{8}\] 1 → 2$/);
  });
});

describe("compareTrees: limits", () => {
  it("lists 100 of 50,000 fields and sets overflow", () => {
    const left = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, at === 0 || at]));
    const right = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, at === 0 || at + 1]));
    const { differences, overflow } = compareTrees(left, right);
    expect({ found: differences.length, overflow }).toEqual({ found: 100, overflow: true });
  });

  it("compares 200,000 keys", () => {
    const left = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`k${at}`, at]));
    expect(fields(left, { ...left, k199999: "last" })).toEqual(["type ${*}"]);
  });

  it("ends a path at 100 levels and still detects the difference below", () => {
    const { differences, overflow } = compareTrees(nestedObjects("1"), nestedObjects("2"));
    expect(differences.map(({ kind, path }) => `${kind} ${path}`)).toEqual([`value $${".a".repeat(100)}…`]);
    expect(differences[0]?.detail(redactor).pointer).toBe("/a".repeat(100));
    expect(overflow).toBe(false);
    expect(compareTrees(nestedObjects("1"), nestedObjects("1")).differences).toEqual([]);
  });

  it("compares arrays in arrays within the limits", () => {
    expect(compareTrees(nestedArrays("1"), nestedArrays("2")).differences.map(({ kind }) => kind)).toEqual(["value"]);
  });

  it("ends a comparison that takes too long with a truncated difference, never as a match", () => {
    const left = Array.from({ length: 1_000 }, (_, at) => at);
    const { differences, overflow } = compareTrees(left, [...left], undefined, {
      ...COMPARISON_LIMITS,
      maxValues: 100,
    });
    expect({ found: differences.map(({ kind, path }) => `${kind} ${path}`), overflow }).toEqual({
      found: ["truncated $"],
      overflow: true,
    });
  });

  it("shows the start of a long value", () => {
    expect(described("x".repeat(1_000), "y")[0]).toBe(`value $ @ "${"x".repeat(199)}… → "y"`);
  });
});
