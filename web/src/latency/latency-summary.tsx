import type { ReactElement } from "react";
import type { LatencyReport, RatioEstimate } from "../../../src/model/report.ts";
import { formatMs, formatRatio } from "../ui/numbers.ts";

type Summary = Pick<LatencyReport, "primary" | "candidate" | "secondary" | "ratio" | "bias">;

const ROLES = ["primary", "candidate", "secondary"] as const;

function ratioText(ratio: RatioEstimate | null): string {
  if (ratio === null) return "–";
  return `${formatRatio(ratio.estimate)} (${formatRatio(ratio.low)} – ${formatRatio(ratio.high)})`;
}

/** p50, p95, p99 of each role, and how many times as long the mirrored legs take. */
export function LatencySummary({ latency }: { readonly latency: Summary }): ReactElement {
  const ratios = { primary: null, candidate: latency.ratio, secondary: latency.bias };
  const roles = ROLES.filter((role) => role !== "secondary" || latency.secondary.p50 !== null);
  return (
    <table>
      <caption className="hidden">Time to the last byte, by role</caption>
      <thead>
        <tr>
          <th scope="col">Time to the last byte</th>
          <th scope="col" className="number">
            p50
          </th>
          <th scope="col" className="number">
            p95
          </th>
          <th scope="col" className="number">
            p99
          </th>
          <th scope="col" className="number" title="Median per exchange, with a 95 % interval">
            to primary
          </th>
        </tr>
      </thead>
      <tbody>
        {roles.map((role) => (
          <tr key={role} data-role={role}>
            <th scope="row">
              <span className={`role-dot role-${role}`} aria-hidden="true" /> {role}
            </th>
            <td className="number">{formatMs(latency[role].p50)}</td>
            <td className="number">{formatMs(latency[role].p95)}</td>
            <td className="number">{formatMs(latency[role].p99)}</td>
            <td className="number soft">{role === "primary" ? "" : ratioText(ratios[role])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
