import type { Report } from "../../../src/model/report.ts";
import { formatCount, formatPercent, formatRatio } from "../ui/numbers.ts";

interface Threshold {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly range: string;
}

function between(low: string, high: string): string {
  return `${low} – ${high}`;
}

/** The thresholds of the gate, as far as they are held against all endpoints together, and what was measured. */
export function thresholdsOf({ gate, parity, latency, accounting, errors, uncovered }: Report): readonly Threshold[] {
  const { ratio, bias } = latency;
  // Measured, and nothing is judged together: the gate gives every endpoint a ratio of its own.
  const isEachOwn = ratio !== null && latency.verdict === null;
  return [
    {
      name: "Parity",
      wanted: `≥ ${formatPercent(gate.parity)}`,
      measured: accounting.compared === 0 ? "–" : formatPercent(parity.rate, gate.parity),
      range: accounting.compared === 0 ? "" : between(formatPercent(parity.low), formatPercent(parity.high)),
    },
    {
      name: "Latency, candidate / primary",
      wanted: isEachOwn ? "each its own" : `≤ ${formatRatio(latency.allowed)}`,
      measured: ratio === null ? "–" : formatRatio(ratio.estimate),
      range: ratio === null ? "" : between(formatRatio(ratio.low), formatRatio(ratio.high)),
    },
    ...(bias === null
      ? []
      : [
          {
            name: "What mirroring itself adds",
            wanted: `on top of ${formatRatio(gate.latencyRatio)}`,
            measured: formatRatio(bias.estimate),
            range: between(formatRatio(bias.low), formatRatio(bias.high)),
          },
        ]),
    {
      name: "Compared exchanges",
      wanted: `≥ ${formatCount(gate.minCompared)}`,
      measured: formatCount(accounting.compared),
      range: "",
    },
    {
      name: "Errors beyond the primary's",
      wanted: `≤ ${formatPercent(gate.errorRate)}`,
      measured:
        accounting.compared === 0
          ? "–"
          : `${formatPercent(errors.candidate.rate)}, primary ${formatPercent(errors.primary.rate)}`,
      range:
        accounting.compared === 0
          ? ""
          : between(formatPercent(errors.candidate.low), formatPercent(errors.candidate.high)),
    },
    ...(gate.coverage.length === 0
      ? []
      : [
          {
            name: "Endpoints that must be covered",
            wanted: "all",
            measured: uncovered.length === 0 ? "all" : `all but ${uncovered.join(", ")}`,
            range: "",
          },
        ]),
  ];
}
