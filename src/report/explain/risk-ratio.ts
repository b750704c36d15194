import type { ExplanationFinding } from "../../model/explain/explanation.ts";
import { Z } from "../statistics/significance.ts";

/** Added to each cell if one is empty (Haldane 1956; Walter 1975, Biometrika 62:371). */
const PSEUDO_COUNT = 0.5;

/** Exchanges with or without a cause: how many there are, and how many meet a condition, estimated from a sample. */
export interface SampledShare {
  /** Exact. */
  readonly total: number;
  /** Exchanges that meet the condition; estimated. */
  readonly met: number;
  /** As many independent exchanges as would give the estimate the same variance. */
  readonly effective: number;
}

/**
 * The ratio of the share of exchanges with a cause among those that meet a condition, to that among the others. The interval is
 * that of the logarithm (Katz, Baptista, Azen & Pike 1978, Biometrics 34:469) with the variance of sampled cases and controls in
 * place of counted ones, by the delta method: without sampling it is theirs.
 */
export function riskRatio(cases: SampledShare, controls: SampledShare): ExplanationFinding["riskRatio"] {
  const cells = cellsOf(cases, controls, 0);
  const isEmpty = Math.min(cells.a, cells.b, cells.c, cells.d) <= 0;
  const { ratio, error } = logRatio(isEmpty ? cellsOf(cases, controls, PSEUDO_COUNT) : cells, cases, controls);
  const estimate = cells.a / (cells.a + cells.b) / (cells.c / (cells.c + cells.d));
  return {
    estimate: Number.isFinite(estimate) ? estimate : null,
    low: Math.exp(ratio - Z * error),
    high: cells.c <= 0 ? null : Math.exp(ratio + Z * error),
  };
}

/** With the condition: a with the cause, b without it. The others: c with the cause, d without it. */
interface Cells {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

function cellsOf(cases: SampledShare, controls: SampledShare, pseudo: number): Cells {
  // A pseudo count of a sampled exchange stands for as many as the others do.
  const [ofCases, ofControls] = [cases, controls].map(
    ({ total, effective }) => (pseudo * total) / Math.max(1, Math.min(total, effective)),
  );
  return {
    a: cases.met + (ofCases ?? 0),
    b: controls.met + (ofControls ?? 0),
    c: cases.total - cases.met + (ofCases ?? 0),
    d: controls.total - controls.met + (ofControls ?? 0),
  };
}

function logRatio({ a, b, c, d }: Cells, cases: SampledShare, controls: SampledShare) {
  const ratio = Math.log(a / (a + b)) - Math.log(c / (c + d));
  const ofCases = (a + c) * (b / (a * (a + b)) + d / (c * (c + d)));
  const ofControls = (b + d) * (1 / (a + b) + 1 / (c + d));
  const ofTotals = a / (a + b) - c / (c + d);
  const variance =
    ofCases ** 2 * (spread(a, c) / cases.effective) +
    ofControls ** 2 * (spread(b, d) / controls.effective) +
    ofTotals ** 2 * (1 / (a + c) + 1 / (b + d));
  return { ratio, error: Math.sqrt(variance) };
}

/** The variance of one exchange that meets the condition or not. */
function spread(met: number, others: number): number {
  return (met * others) / (met + others) ** 2;
}
