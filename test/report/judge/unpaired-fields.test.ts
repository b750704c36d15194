import { describe, expect, it } from "vitest";
import type { Relation } from "../../../src/model/difference.ts";
import type { OutcomeRow } from "../../../src/store/store.ts";
import { fieldsBeyondNoise } from "../../../src/report/judge/unpaired-fields.ts";
import { outcome } from "../memory-reader.ts";

const UNPAIRED = { paired: false };

/** The fields that are beyond noise, as `body $.x value`. */
function beyond(rows: readonly OutcomeRow[], relations: Readonly<Record<string, Relation>> = {}): readonly string[] {
  const named = new Map(Object.entries(relations).map(([field, relation]) => [field.replaceAll(" ", "\n"), relation]));
  return [...fieldsBeyondNoise({ outcomes: rows, blocks: [], relations: named })].map((key) =>
    key.replaceAll("\n", " "),
  );
}

function rows(differing: number, field: string, matching: number): OutcomeRow[] {
  return [outcome(differing, [`${field} raw`], UNPAIRED), outcome(matching, [], UNPAIRED)];
}

describe("fieldsBeyondNoise", () => {
  it.each(["body $.at value", "body $.tags order", "header x-request-id header"])(
    "never has %s, not even if every response differs",
    (field) => {
      expect(beyond(rows(1000, field, 0))).toEqual([]);
    },
  );

  it.each(["transport $ transport", "body $ parse", "body $ truncated", "body $ encoding"])(
    "always has %s",
    (field) => {
      expect(beyond(rows(1, field, 999))).toEqual([field]);
    },
  );

  it.each(["status 200->404 status", "body $.price type", "body $.price missing"])(
    "has %s if nearly every response differs",
    (field) => {
      expect(beyond(rows(95, field, 5))).toEqual([field]);
      expect(beyond(rows(3, field, 97))).toEqual([]);
    },
  );

  it("has values with a relation that only another version makes", () => {
    const field = "body $.price value";
    expect(beyond(rows(3, field, 97), { [field]: "times-100" })).toEqual([field]);
    expect(beyond(rows(97, field, 3), { [field]: "both-times" })).toEqual([]);
  });

  it("has a field that is missing more often from the candidate than from the primary", () => {
    expect(beyond(optional(60, 10))).toEqual(["body $.promo missing"]);
    expect(beyond(optional(10, 60))).toEqual(["body $.promo extra"]);
    expect(beyond(optional(60, 55))).toEqual([]);
  });

  it("has errors that the candidate returns more often than the primary", () => {
    expect(beyond(errors(40, 2))).toEqual(["status 200->500 status"]);
    expect(beyond(errors(40, 38))).toEqual([]);
  });

  it("requires more evidence of each direction the more fields there are", () => {
    const others = Array.from({ length: 20 }, (_, at) => outcome(1, [`body $.f${at} missing raw`], UNPAIRED));
    const seven = rows(7, "body $.promo missing", 500);
    expect(beyond(seven)).toEqual(["body $.promo missing"]);
    expect(beyond([...seven, ...others])).toEqual([]);
  });
});

function optional(missing: number, extra: number): OutcomeRow[] {
  return [...rows(missing, "body $.promo missing", 500), ...rows(extra, "body $.promo extra", 0)];
}

function errors(candidates: number, primarys: number): OutcomeRow[] {
  return [...rows(candidates, "status 200->500 status", 500), ...rows(primarys, "status 500->200 status", 0)];
}
