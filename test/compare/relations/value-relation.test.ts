import { describe, expect, it } from "vitest";
import { compareTrees } from "../../../src/compare/tree/compare-trees.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import type { Json } from "../../../src/compare/tree/json-tree.ts";
import { textRelation } from "../../../src/compare/relations/value-relation.ts";

/** `kind relation` of the only differing field. */
function relation(left: unknown, right: unknown): string {
  const described = compareTrees(left as Json, right as Json).differences.map(
    ({ kind, relation }) => `${kind} ${relation}`,
  );
  return described.join();
}

const exact = (text: string) => parseJson(text)?.value;

const prices = (change: (price: number) => unknown) => [1.25, 2.5, 4.75].map((price) => ({ price: change(price) }));

const at = (shift: number, ...offsets: number[]) =>
  offsets.map((ms) => ({ at: new Date(1.7e12 + ms + shift).toISOString() }));

const rows = (length: number, change: (at: number) => unknown) =>
  Array.from({ length }, (_, at) => ({ v: change(at) }));

describe("relations", () => {
  it.each<[string, unknown, unknown]>([
    ["type number-as-string", 1, "1"],
    ["type number-as-string", "1.50", 1.5],
    ["type null", 1, "2"],
    ["type null", true, "true"],
    ["type null-or-empty", null, ""],
    ["type null-or-empty", [], null],
    ["type null-or-empty", null, {}],
    ["type null", null, 0],
    ["type null", null, [0]],
    ["type same-instant", "2023-11-14T22:13:20Z", 1_700_000_000],
    ["value same-instant", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20.000+01:00"],
    ["value same-instant", "2023-11-14T22:13:20Z", "Tue, 14 Nov 2023 22:13:20 GMT"],
    ["value same-instant", "20231114T221320Z", "2023-11-14 22:13:20+00:00"],
    ["value same-instant", 1_700_000_000, 1_700_000_000_000],
    ["value same-instant", "1700000000", "2023-11-14T22:13:20Z"],
    ["value both-times", "2023-11-14T22:13:20Z", "2023-11-14T22:13:21.5Z"],
    ["value time-shift", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20Z"],
    ["value both-times", 1_700_000_000, 1_700_000_123],
    ["value null", "2023-02-30", "2023-13-01"],
    ["value rounding", 1.005, 1.01],
    ["value rounding", 12.5, 12],
    ["value rounding", 1.239, 1.23],
    ["value null", 1.9, 1],
    ["value rounding", 0.1, 0.10000000149011612],
    ["value rounding", 0.30000000000000004, 0.3],
    ["value rounding", exact("9007199254740993"), 9007199254740992],
    ["value null", 5, 6],
    ["value null", 1_000_000.01, 1_000_000.02],
    ["value times-100", 12.34, 1234],
    ["value times-100", 500, 5],
    ["value null", 0, 100],
    ["value letter-case", "Active", "ACTIVE"],
    ["value unicode-normalisation", "é", "e\u0301"],
    ["value whitespace", "a b", " a  b\n"],
    ["value both-uuids", "8f14e45f-ceea-4e7f-a1b2-0242ac120002", "c9f0f895-fb98-4b91-9f3a-0242ac120002"],
    ["value both-random", "k9f3a77bq2z8x1m4", "p0c5d61wn7v3y8t2"],
    ["value null", "internationalisation", "institutionalisation"],
    ["value null", "order-number-000001", "order-number-000002"],
    ["value null", "a", "b"],
  ])("%s: %j and %j, in both directions", (described, left, right) => {
    expect(relation(left, right)).toBe(described);
    expect(relation({ a: { b: right } }, { a: { b: left } })).toBe(described);
  });

  it("null-or-missing: a null member and a missing one", () => {
    expect(relation({ a: null }, {})).toBe("missing null-or-missing");
    expect(relation({}, { a: null })).toBe("extra null-or-missing");
    expect(relation({}, { a: 0 })).toBe("extra null");
  });

  it("is shared by all positions of a field, or null", () => {
    expect(relation(prices(Number), prices(String))).toBe("type number-as-string");
    expect(
      relation(
        prices(Number),
        prices((price) => price * 100),
      ),
    ).toBe("value times-100");
    expect(
      relation(
        prices(Number),
        prices((price) => (price === 2.5 ? 7 : price * 100)),
      ),
    ).toBe("value null");
  });

  it("a time shift is the same at all positions of a field, at different times", () => {
    expect(relation(at(0, 0, 5_000, 9_000), at(7_000, 0, 5_000, 9_000))).toBe("value time-shift");
    expect(relation(at(0, 0, 5_000), at(7_000, 0, 5_001))).toBe("value both-times");
    expect(relation(at(0, 0, 0), at(13, 0, 0))).toBe("value both-times");
  });

  it("examines 1,000 positions of a field and has no relation beyond", () => {
    expect(relation(rows(1_000, Number), rows(1_000, String))).toBe("type number-as-string");
    expect(relation(rows(1_001, Number), rows(1_001, String))).toBe("type null");
  });

  it("does not examine long texts", () => {
    expect(textRelation("A".repeat(15_000), "a".repeat(15_000))).toBeNull();
  });

  it("two fingerprints are two random tokens", () => {
    expect(textRelation("[redacted:0123abcd]", "[redacted:0123abce]")).toBe("both-random");
  });
});
