import type { ReactElement, ReactNode } from "react";
import type { LatencyReport, RatioEstimate } from "../../../src/model/report.ts";
import {
  formatDuration,
  formatFactor,
  formatInterval,
  NOT_MEASURED,
} from "../../../src/presentation/words/number-format.ts";
import { Scroll } from "../ui/scroll.tsx";

type Summary = Pick<LatencyReport, "primary" | "candidate" | "secondary" | "ratio" | "twin" | "bias">;

const ROLES = ["primary", "candidate", "secondary"] as const;

function Ratio({ ratio }: { readonly ratio: RatioEstimate | null }): ReactNode {
  if (ratio === null) return NOT_MEASURED;
  return (
    <>
      {formatFactor(ratio.estimate)} <span className="nowrap">({formatInterval(ratio, formatFactor)})</span>
    </>
  );
}

/** p50, p95 and p99 of each role, and the latency ratios of candidate and secondary to the primary and of the candidate to the secondary. */
export function LatencySummary({ latency }: { readonly latency: Summary }): ReactElement {
  const ratios = { primary: null, candidate: latency.ratio, secondary: latency.bias };
  const roles = ROLES.filter((role) => role !== "secondary" || latency.secondary.p50 !== null);
  return (
    <Scroll>
      <table>
        <caption className="visually-hidden">Time to the last byte, by role</caption>
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
            <th scope="col" className="number" title="Median ratio per exchange, with its 95% confidence interval">
              Ratio to primary
            </th>
            {latency.twin === null ? null : (
              <th scope="col" className="number" title="Without the overhead of mirroring, which both pay">
                Ratio to secondary
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {roles.map((role) => (
            <tr key={role} data-role={role}>
              <th scope="row">
                <span className={`role-dot role-${role}`} aria-hidden="true" /> {role}
              </th>
              <td className="number">{formatDuration(latency[role].p50)}</td>
              <td className="number">{formatDuration(latency[role].p95)}</td>
              <td className="number">{formatDuration(latency[role].p99)}</td>
              <td className="number muted wraps">{role === "primary" ? null : <Ratio ratio={ratios[role]} />}</td>
              {latency.twin === null ? null : (
                <td className="number muted wraps">{role === "candidate" ? <Ratio ratio={latency.twin} /> : null}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
