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

function Ratio({
  ratio,
  hasInterval,
}: {
  readonly ratio: RatioEstimate | null;
  readonly hasInterval: boolean;
}): ReactNode {
  if (ratio === null) return NOT_MEASURED;
  if (!hasInterval) return formatFactor(ratio.estimate);
  return (
    <>
      {formatFactor(ratio.estimate)} <span className="nowrap">({formatInterval(ratio, formatFactor)})</span>
    </>
  );
}

/** p50, p95 and p99 of each role, and the latency ratios of candidate and secondary to the primary and of the candidate to the secondary. */
export function LatencySummary({
  latency,
  hasInterval = true,
}: {
  readonly latency: Summary;
  /** False if there are too few exchanges for the intervals of the ratios. */
  readonly hasInterval?: boolean | undefined;
}): ReactElement {
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
              <td className="number muted wraps">
                {role === "primary" ? null : <Ratio ratio={ratios[role]} hasInterval={hasInterval} />}
              </td>
              {latency.twin === null ? null : (
                <td className="number muted wraps">
                  {role === "candidate" ? <Ratio ratio={latency.twin} hasInterval={hasInterval} /> : null}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
