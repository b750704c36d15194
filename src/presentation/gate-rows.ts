import type { Report, Verdict } from "../model/report.ts";
import { formatCount, formatFactor, formatInterval, formatShare, NOT_MEASURED } from "./number-format.ts";

/** One threshold of the gate and the measurement over all endpoints. */
export interface GateRow {
  /** `parity` */
  readonly name: string;
  /** `≥ 99.9%` */
  readonly limit: string;
  /** `99.43%`; `–` when nothing was measured. */
  readonly measured: string;
  /** The 95% confidence interval of the measurement: `99.19% – 99.59%`; null without one. */
  readonly interval: string | null;
  /** What else to know about the measurement: `primary 0.2%`; null for nothing. */
  readonly note: string | null;
  /** `pass`: the threshold is met. `inconclusive`: not yet known. */
  readonly verdict: Verdict;
}

/** The thresholds of the gate in the order of a report. The verdict also holds every endpoint to them. */
export function gateRows(report: Report): readonly GateRow[] {
  return [
    parityRow(report),
    latencyRow(report),
    errorRow(report),
    comparedRow(report),
    ...coverageRows(report),
    endpointRow(report),
  ];
}

function parityRow({ gate, parity, parityVerdict, accounting: { compared } }: Report): GateRow {
  return {
    name: "parity",
    limit: `≥ ${formatShare(gate.parity)}`,
    measured: compared === 0 ? NOT_MEASURED : formatShare(parity.rate, gate.parity),
    interval: compared === 0 ? null : formatInterval(parity, formatShare),
    note: null,
    verdict: parityVerdict,
  };
}

/** Without a verdict, the gate has a separate limit for every endpoint, and the endpoints are judged one by one. */
function latencyRow({ gate, latency: { ratio, bias, allowed, verdict }, endpoints }: Report): GateRow {
  const name = "latency ratio";
  const limit = `≤ ${formatFactor(allowed)}`;
  if (ratio === null) {
    return { name, limit, measured: NOT_MEASURED, interval: null, note: null, verdict: "inconclusive" };
  }
  const measured = { measured: formatFactor(ratio.estimate), interval: formatInterval(ratio, formatFactor) };
  if (verdict === null) {
    const isAnyFailing = endpoints.some(({ latency }) => latency.verdict === "fail");
    return { name, limit: "per endpoint", ...measured, note: null, verdict: isAnyFailing ? "fail" : "pass" };
  }
  const isRaised = bias !== null && bias.high > 1;
  const note = isRaised
    ? `limit ${formatFactor(gate.latencyRatio)}, times ${formatFactor(bias.high)} mirroring overhead`
    : null;
  return { name, limit, ...measured, note, verdict };
}

function errorRow({ gate, errors: { primary, candidate, verdict }, accounting: { compared } }: Report): GateRow {
  const row = { name: "error rate", limit: `≤ primary + ${formatShare(gate.errorRate)}` };
  if (compared === 0) return { ...row, measured: NOT_MEASURED, interval: null, note: null, verdict: "inconclusive" };
  return {
    ...row,
    measured: formatShare(candidate.rate),
    interval: formatInterval(candidate, formatShare),
    note: `primary ${formatShare(primary.rate)}`,
    verdict,
  };
}

function comparedRow({ gate, accounting: { compared } }: Report): GateRow {
  return {
    name: "compared",
    limit: `≥ ${formatCount(gate.minCompared)}`,
    measured: formatCount(compared),
    interval: null,
    note: null,
    verdict: compared >= gate.minCompared ? "pass" : "inconclusive",
  };
}

const MAX_NAMED_ENDPOINTS = 5;

function coverageRows({ gate, uncovered }: Report): readonly GateRow[] {
  if (gate.coverage.length === 0) return [];
  const rest = uncovered.length - MAX_NAMED_ENDPOINTS;
  const named = uncovered.slice(0, MAX_NAMED_ENDPOINTS).join(", ");
  return [
    {
      name: "uncovered endpoints",
      limit: "= 0",
      measured: formatCount(uncovered.length),
      interval: null,
      note: uncovered.length === 0 ? null : rest > 0 ? `${named} and ${formatCount(rest)} more` : named,
      verdict: uncovered.length === 0 ? "pass" : "inconclusive",
    },
  ];
}

function endpointRow({ endpoints }: Report): GateRow {
  const failing = endpoints.filter(({ verdict }) => verdict === "fail").length;
  return {
    name: "failing endpoints",
    limit: "= 0",
    measured: `${formatCount(failing)} of ${formatCount(endpoints.length)}`,
    interval: null,
    note: null,
    verdict: failing === 0 ? "pass" : "fail",
  };
}
