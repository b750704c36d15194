import type { Registry } from "prom-client";
import { Counter } from "./prometheus.ts";

type ComparisonResult = "match" | "differ" | "skip";

export interface CompareMetrics {
  /** Creates these series with the value 0, because a rate does not include the first value of a series. */
  initialize(mirrored: readonly { readonly route: string; readonly candidate: string }[]): void;
  compared(route: string, candidate: string, result: ComparisonResult, count?: number): void;
}

const RESULTS: readonly ComparisonResult[] = ["match", "differ", "skip"];

/** Metrics of a compare thread: raw results, before noise and rules. */
export function createCompareMetrics(registry: Registry): CompareMetrics {
  const comparisons = new Counter({
    name: "shadowdiff_comparisons_total",
    help: "Mirrored exchanges by result of the comparison of primary and candidate, before noise and rules. skip: could not be judged.",
    labelNames: ["route", "candidate", "result"],
    registers: [registry],
  });
  return {
    initialize(mirrored) {
      for (const labels of mirrored) for (const result of RESULTS) comparisons.inc({ ...labels, result }, 0);
    },
    compared: (route, candidate, result, count = 1) => comparisons.inc({ route, candidate, result }, count),
  };
}
