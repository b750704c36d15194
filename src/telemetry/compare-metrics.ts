import type { Registry } from "prom-client";
import { Counter } from "./prometheus.ts";

type ComparisonResult = "match" | "differ" | "skip";

export interface CompareMetrics {
  /** Shows these from now on, from a visible zero: a series that appears with its first event hides it from every rate. */
  expect(mirrored: readonly { readonly route: string; readonly candidate: string }[]): void;
  compared(route: string, candidate: string, result: ComparisonResult, count?: number): void;
}

const RESULTS: readonly ComparisonResult[] = ["match", "differ", "skip"];

/** What a compare thread counts: raw results, before noise and rules. */
export function createCompareMetrics(registry: Registry): CompareMetrics {
  const comparisons = new Counter({
    name: "shadowdiff_comparisons_total",
    help: "Mirrored exchanges by what the comparison of primary and candidate said; skip: could not be judged.",
    labelNames: ["route", "candidate", "result"],
    registers: [registry],
  });
  return {
    expect(mirrored) {
      for (const labels of mirrored) for (const result of RESULTS) comparisons.inc({ ...labels, result }, 0);
    },
    compared: (route, candidate, result, count = 1) => comparisons.inc({ route, candidate, result }, count),
  };
}
