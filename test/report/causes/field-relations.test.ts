import { describe, expect, it } from "vitest";
import type { Relation, RelationCount } from "../../../src/model/difference.ts";
import { fieldKey, type FieldCounts } from "../../../src/report/judge/field-counts.ts";
import { relationsOf } from "../../../src/report/causes/field-relations.ts";

const FIELD = { section: "body", path: "$.at", kind: "value" } as const;

function explained(raw: number, counts: Partial<Record<Relation, number>>): Relation | undefined {
  const place = { route: "default", endpoint: "GET /", candidate: "v2", ...FIELD };
  const rows = Object.entries(counts).map(([relation, count]) => {
    return { ...place, relation, count } as RelationCount;
  });
  const field: FieldCounts = { ...FIELD, raw, noise: 0, both: 0, rawOnlyInPairs: raw, noiseOnlyInPairs: 0 };
  return relationsOf(rows, new Map([[fieldKey(FIELD), field]])).get(fieldKey(FIELD));
}

describe("relationsOf", () => {
  it("is the relation of at least 95 of 100 differences", () => {
    expect(explained(100, { rounding: 95 })).toBe("rounding");
    expect(explained(100, { rounding: 94 })).toBeUndefined();
    expect(explained(100, { rounding: 94, "letter-case": 6 })).toBeUndefined();
    expect(explained(100, {})).toBeUndefined();
  });

  it("is both-times if only some of the times are shifted by the same amount", () => {
    expect(explained(300, { "time-shift": 116, "both-times": 184 })).toBe("both-times");
    expect(explained(300, { "time-shift": 300 })).toBe("time-shift");
    expect(explained(300, { "time-shift": 116, "both-times": 100, rounding: 84 })).toBeUndefined();
  });
});
