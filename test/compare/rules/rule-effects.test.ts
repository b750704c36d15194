import { describe, expect, it } from "vitest";
import { compareTrees } from "../../../src/compare/tree/compare-trees.ts";
import { compareHeaderFields } from "../../../src/compare/compare-head.ts";
import { createHeaderMap } from "../../../src/compare/captured-response.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import type { Json } from "../../../src/compare/tree/json-tree.ts";
import type { ComparisonContext } from "../../../src/compare/comparison-context.ts";
import { createRuleBook } from "../../../src/compare/rules/rule-book.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { RuleAction } from "../../../src/model/rule-actions.ts";
import { rule } from "./rule-builder.ts";

function contextOf(rules: readonly Rule[], hits: Set<string>): ComparisonContext {
  const holding = createRuleBook(rules).of("GET /", 0);
  if (holding === undefined) throw new Error("no rule holds");
  return { rules: holding, onHit: (id) => hits.add(id) };
}

/** `kind path` of the remaining differences, and the rules that removed others. */
function under(actions: RuleAction | RuleAction[], left: unknown, right: unknown, path = "$") {
  const hits = new Set<string>();
  const rules = [actions].flat().map((action, at) => rule({ id: `r${at + 1}`, path, action }));
  const { differences } = compareTrees(left as Json, right as Json, contextOf(rules, hits));
  return { left: differences.map(({ kind, path }) => `${kind} ${path}`), hits: [...hits] };
}

const HIDDEN = { left: [], hits: ["r1"] };
const kept = (...left: string[]) => ({ left, hits: [] });
const exact = (text: string) => parseJson(text)?.value;

const many = (change: (text: string) => string) => Array.from({ length: 3_000 }, (_, at) => ({ v: change(`a${at}`) }));

const row = (no: unknown, v: number) => ({ ref: { no }, v });

const nest = (leaf: string) => {
  let value: unknown = leaf;
  for (let level = 0; level < 40; level += 1) value = [value, level];
  return value;
};

it("a rule with several paths applies at each, and is hit once", () => {
  const hits: string[] = [];
  const paths = rule({ path: ["$.a", "$.b", "$..b"], action: { type: "type-only" } });
  const holding = createRuleBook([paths]).of("GET /", 0);
  if (holding === undefined) throw new Error("no rule holds");
  const context = { rules: holding, onHit: (id: string) => hits.push(id) };
  const { differences } = compareTrees({ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 2 }, context);
  expect(differences.map(({ path }) => path)).toEqual(["$.c"]);
  expect(new Set(hits)).toEqual(new Set(["r1"]));
  const names = createRuleBook([rule({ section: "header", path: ["etag", "x-*"], action: { type: "ignore-case" } })]);
  const ofField = names.of("GET /", 0)?.ofField ?? (() => []);
  expect(["etag", "x-a", "vary"].map((name) => ofField("header", name).length)).toEqual([1, 1, 0]);
});

describe("rules on a body", () => {
  it("unordered: ignores the order of elements, not their number and values", () => {
    expect(under({ type: "unordered" }, { a: [1, 2, 3] }, { a: [3, 1, 2] })).toEqual(HIDDEN);
    expect(under({ type: "unordered" }, { a: [1, 1, 2] }, { a: [1, 2, 2] })).toEqual(kept("value $.a[*]"));
    expect(under({ type: "unordered" }, { a: [1, 2] }, { a: [2] })).toEqual(kept("missing $.a[*]"));
    expect(under({ type: "unordered" }, { a: [[1, 2], [3]] }, { a: [[3], [2, 1]] })).toEqual(HIDDEN);
    expect(under({ type: "unordered" }, { a: [1, 2], b: [1, 2] }, { a: [2, 1], b: [2, 1] }, "$.a")).toEqual({
      left: ["order $.b"],
      hits: ["r1"],
    });
  });

  it("unordered: pairs elements that are equal under other rules", () => {
    const actions: RuleAction[] = [{ type: "unordered" }, { type: "ignore-case" }];
    const result = under(actions, many(String), many((text) => text.toUpperCase()).toReversed());
    expect({ left: result.left, hits: result.hits.toSorted() }).toEqual({ left: [], hits: ["r1", "r2"] });
    const near = under(
      [{ type: "unordered" }, { type: "tolerance", absolute: 0.1 }],
      [{ v: 1 }, { v: 5 }],
      [{ v: 5.05 }, { v: 1 }],
    );
    expect({ left: near.left, hits: near.hits.toSorted() }).toEqual({ left: [], hits: ["r1", "r2"] });
  });

  it("keyed: pairs elements by their members; duplicate and missing keys lose no element", () => {
    const by = { type: "keyed", by: ["ref.no"] } as const;
    expect(under(by, [row(1, 1), row(2, 2)], [row(2, 9)])).toEqual(kept("missing $[*]", "value $[*].v"));
    expect(under(by, [row(1, 1), row(1, 2)], [row(1, 9), row(1, 2)])).toEqual(kept("value $[*].v"));
    expect(under(by, [row(null, 1), row("null", 2)], [row(null, 9), row("null", 2)])).toEqual(kept("value $[*].v"));
    expect(under(by, [row("__proto__", 1), row(2, 1)], [row("__proto__", 2), row(2, 1)])).toEqual(kept("value $[*].v"));
    expect(under(by, [row(1, 1), { v: 1 }], [{ v: 1 }, row(1, 1)])).toEqual(kept("order $"));
    expect(under(by, [row(1, 1), row(2, 2)], [row(2, 2), row(1, 1)])).toEqual(kept("order $"));
  });

  it("tolerance: numbers are equal up to exactly the limit, and not beyond", () => {
    expect(under({ type: "tolerance", absolute: 0.1 }, { a: 1 }, { a: 1.1 })).toEqual(HIDDEN);
    expect(under({ type: "tolerance", absolute: 0.1 }, { a: 1 }, { a: 1.1000001 })).toEqual(kept("value $.a"));
    expect(under({ type: "tolerance", relative: 0.01 }, { a: -200 }, { a: -202 })).toEqual(HIDDEN);
    expect(under({ type: "tolerance", relative: 0.01 }, { a: 0 }, { a: 0.0001 })).toEqual(kept("value $.a"));
    expect(under({ type: "tolerance", absolute: 0.5 }, exact("9007199254740993"), exact("9007199254740992"))).toEqual(
      kept("value $"),
    );
    expect(under({ type: "tolerance", absolute: 1 }, "10.5", "11")).toEqual(HIDDEN);
    expect(under({ type: "tolerance", absolute: 1 }, 10, "10")).toEqual(kept("type $"));
    expect(under({ type: "tolerance", absolute: 0.5 }, [1, 1.5], [0.5, 1])).toEqual(HIDDEN);
  });

  it("time: times are equal within the tolerance, after the candidate's is shifted", () => {
    const [a, b] = ["2026-01-01T12:00:00Z", "2026-01-01T14:00:01+01:00"];
    expect(under({ type: "time", toleranceMs: 1_000, shiftMs: -3_600_000 }, a, b)).toEqual(HIDDEN);
    expect(under({ type: "time", toleranceMs: 999, shiftMs: -3_600_000 }, a, b)).toEqual(kept("value $"));
    // The secondary has the clock of the primary.
    expect(under({ type: "time", toleranceMs: 2_000, shiftMs: -3_600_000 }, 1_700_000_000, 1_700_000_002)).toEqual(
      HIDDEN,
    );
    expect(under({ type: "time", toleranceMs: 1_000, shiftMs: 0 }, a, b)).toEqual(kept("value $"));
    expect(under({ type: "time", toleranceMs: 1_000, shiftMs: 3_600_000 }, a, a)).toEqual(kept());
    expect(under({ type: "time", toleranceMs: 2_000, shiftMs: 0 }, 1_700_000_000, 1_700_000_002)).toEqual(HIDDEN);
    expect(under({ type: "time", toleranceMs: 2_000, shiftMs: 0 }, 5, 6)).toEqual(kept("value $"));
  });

  it("pattern: two strings are equal when both match completely", () => {
    expect(under({ type: "pattern", regex: "req-\\d+" }, { a: "req-1" }, { a: "req-22" })).toEqual(HIDDEN);
    expect(under({ type: "pattern", regex: "req-\\d+" }, { a: "req-1" }, { a: "req-22x" })).toEqual(kept("value $.a"));
    expect(under({ type: "pattern", regex: "\\d+" }, { a: 1 }, { a: 2 })).toEqual(kept("value $.a"));
    expect(under({ type: "pattern", regex: "(a*)*b" }, "a".repeat(100_000), `${"a".repeat(100_000)}c`)).toEqual(
      kept("value $"),
    );
  });

  it("mask: ignores the match and compares the text around it", () => {
    expect(under({ type: "mask", regex: "\\d+" }, "order 12 of 3", "order 7 of 44")).toEqual(HIDDEN);
    expect(under({ type: "mask", regex: "\\d+" }, "order 12 of 3", "Order 7 of 44")).toEqual(kept("value $"));
    const both = under([{ type: "mask", regex: "\\d+" }, { type: "ignore-case" }], "order 12", "Order 7");
    expect({ ...both, hits: both.hits.toSorted() }).toEqual({ left: [], hits: ["r1", "r2"] });
  });

  it("type-only: values of the same type are equal; members and lengths still count", () => {
    expect(under({ type: "type-only" }, { a: 1, b: ["x"] }, { a: 2, b: ["y"] })).toEqual(HIDDEN);
    expect(under({ type: "type-only" }, { a: 1, b: ["x"] }, { a: "1", b: ["x", "y"] })).toEqual(
      kept("type $.a", "extra $.b[*]"),
    );
  });

  it("ignore-case: compares strings without case", () => {
    expect(under({ type: "ignore-case" }, { a: "ÄB" }, { a: "äb" })).toEqual(HIDDEN);
    expect(under({ type: "ignore-case" }, { a: "b" }, { a: "c" })).toEqual(kept("value $.a"));
  });

  it("null-is-missing: a null member equals a missing one, on either side", () => {
    expect(under({ type: "null-is-missing" }, { a: null }, {})).toEqual(HIDDEN);
    expect(under({ type: "null-is-missing" }, {}, { a: null })).toEqual(HIDDEN);
    expect(under({ type: "null-is-missing" }, { a: 0 }, {})).toEqual(kept("missing $.a"));
    expect(under({ type: "null-is-missing" }, { a: null }, { a: "" })).toEqual(kept("type $.a"));
    expect(under({ type: "null-is-missing" }, [null], [])).toEqual(kept("missing $[*]"));
  });

  it("subset and superset: the candidate can add or omit members", () => {
    const [small, large] = [{ a: [{ id: 1 }] }, { a: [{ id: 1, x: 2 }, { id: 2 }], b: 1 }];
    expect(under({ type: "subset" }, small, large)).toEqual(HIDDEN);
    expect(under({ type: "superset" }, large, small)).toEqual(HIDDEN);
    expect(under({ type: "superset" }, small, large).hits).toEqual([]);
    expect(under({ type: "subset" }, { a: 1 }, { a: 2, b: 1 })).toEqual({ left: ["value $.a"], hits: ["r1"] });
    expect(under({ type: "subset" }, [1, 2], [2, 9, 1])).toEqual({ left: ["order $"], hits: ["r1"] });
  });

  it("applies at its path and below only", () => {
    const action: RuleAction = { type: "ignore-case" };
    expect(under(action, { a: { b: "x" }, c: "y" }, { a: { b: "X" }, c: "Y" }, "$.a")).toEqual({
      left: ["value $.c"],
      hits: ["r1"],
    });
  });

  it("counts a hit only when a difference is removed", () => {
    expect(under({ type: "ignore-case" }, { a: "x" }, { a: "x" })).toEqual(kept());
    expect(under({ type: "unordered" }, [1, 2], [1, 3])).toEqual(kept("value $[*]"));
  });

  it("compares arrays nested in arrays within the limits", () => {
    expect(under({ type: "ignore-case" }, nest("a"), nest("A"))).toEqual(HIDDEN);
    expect(under({ type: "ignore-case" }, nest("a"), nest("b")).left).toHaveLength(1);
  });
});

function header(action: RuleAction, left: string[], right: string[], name = "X-A") {
  const hits = new Set<string>();
  const context = contextOf(
    [
      rule({ section: "header", path: "x-*", action }),
      rule({ id: "r2", section: "header", path: "set-cookie", action }),
    ],
    hits,
  );
  const fields = (lines: string[]) => createHeaderMap(lines.flatMap((line) => [name, line]));
  return compareHeaderFields(
    "header",
    fields(left),
    fields(right),
    { method: "GET", target: "/", hasSameBody: true },
    context,
  ).map(({ kind, path }) => `${kind} ${path}`);
}

const lines = (id: number) => [`a=${id}; Path=/`, "b=x"];

describe("rules on header fields", () => {
  it.each<[RuleAction, string[], string[]]>([
    [{ type: "pattern", regex: "[0-9a-f]+" }, ["1f"], ["2e"]],
    [{ type: "mask", regex: "\\d+" }, ["a1"], ["a2"]],
    [{ type: "ignore-case" }, ["GZIP"], ["gzip"]],
    [{ type: "tolerance", absolute: 5 }, ["100"], ["104"]],
    [
      { type: "time", toleranceMs: 60_000, shiftMs: 0 },
      ["Thu, 01 Jan 2026 00:00:00 GMT"],
      ["Thu, 01 Jan 2026 00:00:59 GMT"],
    ],
    [{ type: "unordered" }, ["a, b"], ["b,a"]],
    [{ type: "unordered" }, ["a", "b"], ["b", "a"]],
  ])("%j makes %j and %j equal", (action, left, right) => {
    expect(header(action, left, right)).toEqual([]);
    expect(header({ type: "type-only" }, ["same"], ["same"])).toEqual([]);
  });

  it.each<[RuleAction, string[], string[]]>([
    [{ type: "pattern", regex: "[0-9a-f]+" }, ["1f"], ["xx"]],
    [{ type: "mask", regex: "\\d+" }, ["a1"], ["b2"]],
    [{ type: "tolerance", absolute: 5 }, ["100"], ["106"]],
    [{ type: "unordered" }, ["a, b"], ["a, a"]],
    [{ type: "unordered" }, ['"a, b"'], ['"b, a"']],
    [{ type: "ignore-case" }, ["a"], []],
  ])("%j leaves %j and %j different", (action, left, right) => {
    expect(header(action, left, right)).toHaveLength(1);
  });

  it("masks the value of each cookie separately", () => {
    expect(header({ type: "mask", regex: "\\d+" }, lines(1), lines(2).toReversed(), "Set-Cookie")).toEqual([]);
    expect(header({ type: "mask", regex: "\\d+" }, lines(1), ["a=2; Path=/"], "Set-Cookie")).toHaveLength(1);
  });
});

describe("createRuleBook", () => {
  it("drops a rule when it expires, in any order of exchanges", () => {
    const book = createRuleBook([rule({ action: { type: "unordered" }, expiresAt: 100 })]);
    expect([99, 100, 99, 1_000].map((at) => book.of("GET /", at) !== undefined)).toEqual([true, false, true, false]);
  });

  it("returns no rules for endpoints without rules", () => {
    const book = createRuleBook([rule({ endpoint: "GET /a", action: { type: "unordered" } })]);
    expect(book.of("GET /b", 0)).toBeUndefined();
    expect(book.of("GET /a", 0)?.body).toBeDefined();
  });
});

const levels = (first: number) => exact(`${`{"k":[${first},`.repeat(3_000)}1${"]}".repeat(3_000)}`);

it("thousands of arrays in arrays do not overflow the stack under a rule for all of them", () => {
  const { left } = under({ type: "unordered" }, levels(1), levels(2), "$..*");
  expect(left).toContain("value $.k[*]");
});
