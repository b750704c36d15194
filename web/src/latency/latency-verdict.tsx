import type { ReactElement } from "react";
import type { LatencyReport } from "../../../src/model/report.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
} from "../../../src/presentation/number-format.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** The latency ratio of the candidate against its limit, and how often only one side is slow. */
export function LatencyVerdict({ latency }: { readonly latency: LatencyReport }): ReactElement {
  const { ratio, allowed, pairs, tail, verdict } = latency;
  if (ratio === null) return <p className="hint">No exchange has both latencies.</p>;
  return (
    <>
      <p className="facts" data-latency>
        {verdict === null ? null : <VerdictBadge verdict={verdict} />}
        <span>
          ratio <b>{formatFactor(ratio.estimate)}</b>{" "}
          <span className="muted">({formatInterval(ratio, formatFactor)})</span>
        </span>
        <span>
          limit <b>{formatFactor(allowed)}</b>
        </span>
        {pairs === 0 ? null : <span>{formatPlural(pairs, "pair")}</span>}
      </p>
      {tail === null ? null : (
        <p className="hint">
          Of {formatPlural(tail.pairs, "pair")}, only the candidate took more than {formatDuration(tail.limit)} in{" "}
          {formatCount(tail.candidateOnly)}, and only the primary in {formatCount(tail.primaryOnly)}.
        </p>
      )}
    </>
  );
}
