import { Counter, type Registry } from "prom-client";

type ComparisonResult = "match" | "differ" | "skip";

export interface CompareMetrics {
  compared(route: string, candidate: string, result: ComparisonResult, count?: number): void;
}

const RESULTS: readonly ComparisonResult[] = ["match", "differ", "skip"];

/**
 * What a compare thread counts: raw results, before noise and rules.
 * @param expected what is shown from a visible zero: a series that appears with its first event hides it from every rate
 */
export function createCompareMetrics(
  registry: Registry,
  expected: readonly { readonly route: string; readonly candidate: string }[] = [],
): CompareMetrics {
  const comparisons = new Counter({
    name: "shadowdiff_comparisons_total",
    help: "Mirrored exchanges by what the comparison of primary and candidate said; skip: could not be judged.",
    labelNames: ["route", "candidate", "result"],
    registers: [registry],
  });
  for (const labels of expected) for (const result of RESULTS) comparisons.inc({ ...labels, result }, 0);
  return { compared: (route, candidate, result, count = 1) => comparisons.inc({ route, candidate, result }, count) };
}
