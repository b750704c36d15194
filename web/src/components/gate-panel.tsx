import type { ReactElement } from "react";
import type { Report } from "../../../src/model/report.ts";
import { formatCount, formatPercent, formatRatio } from "../format/numbers.ts";

interface Threshold {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly range: string;
}

function between(low: string, high: string): string {
  return `${low} – ${high}`;
}

function thresholdsOf({ gate, parity, latency, accounting, errors, uncovered }: Report): readonly Threshold[] {
  const { ratio, bias } = latency;
  return [
    {
      name: "Parity",
      wanted: `≥ ${formatPercent(gate.parity)}`,
      measured: accounting.compared === 0 ? "–" : formatPercent(parity.rate, gate.parity),
      range: accounting.compared === 0 ? "" : between(formatPercent(parity.low), formatPercent(parity.high)),
    },
    {
      name: "Latency, candidate / primary",
      wanted: `≤ ${formatRatio(latency.allowed)}`,
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

/** What was asked for against what was measured. The judgement itself, endpoint by endpoint, is the report's. */
export function GatePanel({ report }: { readonly report: Report }): ReactElement {
  return (
    <section className="panel" aria-labelledby="gate-title">
      <h2 id="gate-title">Thresholds</h2>
      <table>
        <caption className="hidden">Thresholds of the gate and what was measured</caption>
        <thead>
          <tr>
            <th scope="col">Over all endpoints</th>
            <th scope="col" className="number">
              Wanted
            </th>
            <th scope="col" className="number">
              Measured
            </th>
            <th scope="col" className="number">
              95 % interval
            </th>
          </tr>
        </thead>
        <tbody>
          {thresholdsOf(report).map(({ name, wanted, measured, range }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number soft">{wanted}</td>
              <td className="number strong">{measured}</td>
              <td className="number soft">{range}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
