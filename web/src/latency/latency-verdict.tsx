import type { ReactElement } from "react";
import type { LatencyReport, TailReport } from "../../../src/model/report.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
  formatTime,
} from "../../../src/presentation/words/number-format.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** A limit of the slowest responses, and how many of each role exceed it. */
function TailFacts({ tail }: { readonly tail: TailReport }): ReactElement {
  const { quantile, factor, limitMs, candidate, primary, secondary, allowed, since, verdict } = tail;
  const name = `p${quantile * 100}`;
  return (
    <p className="facts" data-tail={name}>
      <VerdictBadge verdict={verdict} />
      <span>
        above <b>{formatDuration(limitMs)}</b>{" "}
        <span className="muted">({factor === null ? name : `${formatFactor(factor)} the primary's ${name}`})</span>
      </span>
      <span>
        candidate <b>{formatShare(candidate)}</b>
      </span>
      {primary === null ? null : <span>primary {formatShare(primary)}</span>}
      {secondary === null ? null : <span>secondary {formatShare(secondary)}</span>}
      <span className="muted">
        allowed {formatShare(allowed)}
        {factor === null ? "" : " more"}
      </span>
      {since === null ? null : <span>more since {formatTime(since)}</span>}
    </p>
  );
}

interface Props {
  readonly latency: LatencyReport;
  /** False if there are too few exchanges for the interval of the ratio. */
  readonly hasInterval?: boolean | undefined;
}

/** The latency of the candidate against its limits, and what the numbers leave out. */
export function LatencyVerdict({ latency, hasInterval = true }: Props): ReactElement {
  const { ratio, allowed, change, coldStart, tails, ratioVerdict } = latency;
  if (ratio === null) return <p className="hint">No exchange has both latencies.</p>;
  return (
    <>
      <p className="facts" data-latency>
        {ratioVerdict === null ? null : <VerdictBadge verdict={ratioVerdict} />}
        <span>
          ratio <b>{formatFactor(ratio.estimate)}</b>{" "}
          <span className="muted">
            ({hasInterval ? formatInterval(ratio, formatFactor) : "too few exchanges for an interval"})
          </span>
        </span>
        <span>
          limit <b>{formatFactor(allowed)}</b>
        </span>
        {change === null ? null : (
          <span>
            <b>{formatFactor(change.ratio.estimate)}</b> since {formatTime(change.since)},{" "}
            {formatPlural(change.exchanges, "exchange")}
          </span>
        )}
      </p>
      {tails.map((tail) => (
        <TailFacts key={`${tail.quantile} ${tail.factor}`} tail={tail} />
      ))}
      {coldStart === 0 ? null : (
        <p className="hint">The first {formatCount(coldStart)} exchanges are left out as the cold start.</p>
      )}
    </>
  );
}
