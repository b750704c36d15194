import { assert, constantFrom, json, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactNumber } from "../../../src/compare/tree/exact-number.ts";
import { Duplicates } from "../../../src/compare/tree/json-tree.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import { compareTrees } from "../../../src/compare/tree/compare-trees.ts";

function value(text: string): unknown {
  return parseJson(text)?.value;
}

function equalTexts(left: string, right: string): boolean {
  const [a, b] = [parseJson(left), parseJson(right)];
  if (a === undefined || b === undefined) throw new Error("no JSON");
  return compareTrees(a.value, b.value).differences.length === 0;
}

describe("parseJson", () => {
  it.each([
    ["1.0", "1"],
    ["1e2", "100"],
    ["100", "1.00E+2"],
    ["-0", "0"],
    ["0.0e99", "0"],
    ["12345678901234567890", "1234567890123456789e1"],
    ["1e400", "10e399"],
    ["0.1", "1e-1"],
    ["3.141592653589793", "3.1415926535897930"],
  ])("treats %s and %s as the same number", (a, b) => {
    expect(equalTexts(a, b)).toBe(true);
    expect(equalTexts(`{"n":[${a}]}`, `{"n":[${b}]}`)).toBe(true);
  });

  it.each([
    ["9007199254740993", "9007199254740992"],
    ["1e400", "1e500"],
    ["0.1000000000000000055", "0.1"],
    ["1e-400", "0"],
    ["100000000000000000000001", "100000000000000000000002"],
  ])("distinguishes %s and %s, which JSON.parse does not", (a, b) => {
    expect(JSON.parse(a)).toBeCloseTo(JSON.parse(b) as number, 5);
    expect(equalTexts(a, b)).toBe(false);
    expect(equalTexts(`{"n":[${a}]}`, `{"n":[${b}]}`)).toBe(false);
  });

  it("keeps the spelling of a number that does not fit a double", () => {
    expect(value("9007199254740993")).toEqual(new ExactNumber("9007199254740993e0", "9007199254740993"));
  });

  it("keeps every value of a repeated key", () => {
    expect(value('{"a":1,"b":{"c":[1],"c":[2]},"a":2}')).toEqual(
      Object.assign(Object.create(null), {
        a: new Duplicates([1, 2]),
        b: Object.assign(Object.create(null), { c: new Duplicates([[1], [2]]) }),
      }),
    );
  });

  it("detects a duplicate key that is spelled with an escape", () => {
    expect(value('{"a":1,"\\u0061":2}')).toEqual(Object.assign(Object.create(null), { a: new Duplicates([1, 2]) }));
  });

  it("does not count a colon inside a string as a member", () => {
    expect(value('{"a":"x\\":","b":["c:","\\\\"]}')).toEqual({ a: 'x":', b: ["c:", "\\"] });
  });

  it.each(['{"__proto__":{"x":1}}', '{"__proto__":{"x":1},"n":1e400}'])("keeps __proto__ as data: %s", (text) => {
    const parsed = value(text) as object;
    expect(Object.keys(parsed)).toContain("__proto__");
    expect((parsed as { x?: number }).x).toBeUndefined();
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each(["", "{", "[1,]", "{'a':1}", "NaN", "01", "\uFEFF{}"])("rejects %j", (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  it("agrees with JSON.parse, also in the exact parser", () => {
    assert(
      property(json({ maxDepth: 6 }), constantFrom("", " ", "\n\t"), (text, space) => {
        const plain = JSON.parse(text) as unknown;
        const spaced = JSON.stringify(plain, null, space);
        expect(value(spaced)).toEqual(plain);
        // One number that can lose digits sends the text to the exact parser.
        const careful = value(`[1e400,${space}${spaced}]`) as unknown[];
        expect(JSON.stringify(careful[1])).toBe(JSON.stringify(plain));
      }),
      { numRuns: 1_000 },
    );
  });

  it("parses 200,000 levels, plain and exact", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(parseJson(deep)).toBeDefined();
    expect(parseJson(`{"a":1,"a":${deep}}`)).toBeDefined();
  });

  it("parses a number with 100,000 digits in its exponent", () => {
    expect(equalTexts(`1e${"9".repeat(100_000)}`, `1e${"9".repeat(99_999)}8`)).toBe(false);
  });
});
