import { describe, expect, it } from "vitest";
import { stratumOf } from "../../../src/compare/attributes/stratum.ts";
import type { DifferenceMark, DifferingField } from "../../../src/model/difference.ts";

const field = (path: string, mark: DifferenceMark = "raw"): DifferingField => ({
  section: "body",
  path,
  kind: "value",
  mark,
});

describe("stratumOf", () => {
  it("is empty unless the candidate differs", () => {
    expect(stratumOf([])).toBe("");
    expect(stratumOf([field("$.a", "noise")])).toBe("");
  });

  it("is the same for the same fields in any order, with noise or without", () => {
    const stratum = stratumOf([field("$.a"), field("$.b")]);
    expect(stratum).toMatch(/^[\da-f]{12}$/);
    expect(stratumOf([field("$.b"), field("$.a")])).toBe(stratum);
    expect(stratumOf([field("$.a", "both"), field("$.b"), field("$.c", "noise")])).toBe(stratum);
  });

  it("tells apart sections, paths and kinds", () => {
    const all: DifferingField[] = [
      field("$.a"),
      field("$.b"),
      { ...field("$.a"), kind: "type" },
      { ...field("$.a"), section: "header" },
    ];
    const strata = [...all.map((one) => [one]), all].map(stratumOf);
    expect(new Set(strata).size).toBe(5);
  });
});
