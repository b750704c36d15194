import type { Report, Verdict } from "../../model/report.ts";
import type { Overview } from "../../model/views/overview.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatTime,
  formatPlural,
  formatShare,
  NOT_MEASURED,
} from "../words/number-format.ts";

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

type Gated = Omit<Report, "endpoints"> & Pick<Overview, "endpointCounts">;

/** The thresholds of the gate in the order of a report. The verdict also holds every endpoint to them. */
export function gateRows(report: Gated): readonly GateRow[] {
  return [
    parityRow(report),
    latencyRow(report),
    ...tailRows(report),
    errorRow(report),
    comparedRow(report),
    ...successRows(report),
    ...endpointCountRows(report),
    ...coverageRows(report),
    endpointRow(report),
  ];
}

function parityRow({ gate, parity, parityVerdict, accounting: { compared }, baseline }: Gated): GateRow {
  return {
    name: "parity",
    limit: `≥ ${formatShare(gate.parity)}`,
    measured: compared === 0 ? NOT_MEASURED : formatShare(parity.rate, gate.parity),
    interval: compared === 0 ? null : formatInterval(parity, formatShare),
    note:
      baseline === undefined || baseline.differed === 0
        ? null
        : `without ${formatPlural(baseline.differed, "response")} that ${baseline.differed === 1 ? "differs" : "differ"} as in the baseline`,
    verdict: parityVerdict,
  };
}

/** Without a verdict, the gate has separate limits for every endpoint, and the endpoints are judged one by one. */
function latencyRow({ latency: { ratio, twin, allowed, ratioVerdict, change }, endpointCounts }: Gated): GateRow {
  const name = "latency ratio";
  const limit = `≤ ${formatFactor(allowed)}`;
  if (ratio === null) {
    return { name, limit, measured: NOT_MEASURED, interval: null, note: null, verdict: "inconclusive" };
  }
  const measured = { measured: formatFactor(ratio.estimate), interval: formatInterval(ratio, formatFactor) };
  if (ratioVerdict === null) {
    return { name, limit: "per endpoint", ...measured, note: null, verdict: endpointCounts.slow > 0 ? "fail" : "pass" };
  }
  const isBySecondary = ratioVerdict === "pass" && ratio.high > allowed && twin !== null;
  const notes = [
    ...(twin === null
      ? []
      : [
          `${formatFactor(twin.estimate)} the secondary (${formatInterval(twin, formatFactor)})` +
            (isBySecondary ? ", which decided" : ""),
        ]),
    ...(change === null ? [] : [`${formatFactor(change.ratio.estimate)} since ${formatTime(change.since)}`]),
  ];
  return { name, limit, ...measured, note: notes.length === 0 ? null : notes.join(", "), verdict: ratioVerdict };
}

function tailRows({ latency: { tails } }: Gated): readonly GateRow[] {
  return tails.map(({ quantile, factor, limitMs, candidate, primary, secondary, allowed, since, verdict }) => {
    const others = secondary === null ? "primary" : "others";
    const notes = [
      ...(factor === null || primary === null ? [] : [`primary ${formatShare(primary)}`]),
      ...(factor === null || secondary === null ? [] : [`secondary ${formatShare(secondary)}`]),
      ...(since === null ? [] : [`more since ${formatTime(since)}`]),
      factor === null ? `p${quantile * 100}` : `${formatFactor(factor)} the primary's p${quantile * 100}`,
    ];
    return {
      name: `above ${formatDuration(limitMs)}`,
      limit: `≤ ${factor === null ? "" : `${others} + `}${formatShare(allowed)}`,
      measured: formatShare(candidate),
      interval: null,
      note: notes.join(", "),
      verdict,
    };
  });
}

function errorRow({ gate, errors, accounting: { compared }, baseline }: Gated): GateRow {
  const { primary, candidate, verdict } = errors;
  const row = { name: "error rate", limit: `≤ primary + ${formatShare(gate.errorRate)}` };
  if (compared === 0) return { ...row, measured: NOT_MEASURED, interval: null, note: null, verdict: "inconclusive" };
  return {
    ...row,
    measured: formatShare(candidate.rate),
    interval: formatInterval(candidate, formatShare),
    note:
      `primary ${formatShare(primary.rate)}` +
      (baseline === undefined || baseline.errors === 0
        ? ""
        : `, without ${formatPlural(baseline.errors, "error")} as in the baseline`),
    verdict,
  };
}

function comparedRow({ gate, accounting: { compared } }: Gated): GateRow {
  return {
    name: "compared",
    limit: `≥ ${formatCount(gate.minCompared)}`,
    measured: formatCount(compared),
    interval: null,
    note: null,
    verdict: compared >= gate.minCompared ? "pass" : "inconclusive",
  };
}

/** Runs of earlier versions were judged without this threshold, and some of them counted no status. */
function successRows({ gate: { minSuccess }, primarySuccess, accounting }: Gated): readonly GateRow[] {
  if (minSuccess === 0 || (primarySuccess === null && accounting.compared > 0)) return [];
  const row = { name: "primary success", limit: `≥ ${formatShare(minSuccess)}`, note: null };
  if (primarySuccess === null) return [{ ...row, measured: NOT_MEASURED, interval: null, verdict: "inconclusive" }];
  return [
    {
      ...row,
      measured: formatShare(primarySuccess.rate, minSuccess),
      interval: formatInterval(primarySuccess, formatShare),
      verdict: primarySuccess.rate >= minSuccess ? "pass" : "inconclusive",
    },
  ];
}

function endpointCountRows({ gate: { minEndpoints }, endpointCounts }: Gated): readonly GateRow[] {
  if (minEndpoints === 0) return [];
  const { services, healthChecks } = endpointCounts;
  return [
    {
      name: "endpoints",
      limit: `≥ ${formatCount(minEndpoints)}`,
      measured: formatCount(services),
      interval: null,
      note: healthChecks === 0 ? null : `without ${formatPlural(healthChecks, "health check")}`,
      verdict: services >= minEndpoints ? "pass" : "inconclusive",
    },
  ];
}

const MAX_NAMED_ENDPOINTS = 5;

function coverageRows({ gate, uncovered }: Gated): readonly GateRow[] {
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

function endpointRow({ endpointCounts: { fail, total } }: Gated): GateRow {
  return {
    name: "failing endpoints",
    limit: "= 0",
    measured: `${formatCount(fail)} of ${formatCount(total)}`,
    interval: null,
    note: null,
    verdict: fail === 0 ? "pass" : "fail",
  };
}
