import type { ReactElement } from "react";
import type { EndpointReport } from "../../../src/model/report.ts";
import { excusedText } from "../../../src/presentation/verdict/excused-text.ts";
import { formatCount, formatShare } from "../../../src/presentation/words/number-format.ts";
import { VerdictBadge } from "../ui/verdict-badge.tsx";

/** The verdict of an endpoint with its reasons and counts. */
export function EndpointSummary({ endpoint }: { readonly endpoint: EndpointReport }): ReactElement {
  const excused = excusedText([endpoint]);
  const { errors } = endpoint;
  return (
    <section className={`panel verdict-${endpoint.verdict}`} aria-labelledby="endpoint-title">
      <h1 id="endpoint-title" tabIndex={-1} aria-live="polite">
        <VerdictBadge verdict={endpoint.verdict} /> <code>{endpoint.endpoint}</code>
      </h1>
      <p className="facts">
        <span>
          compared <b>{formatCount(endpoint.compared)}</b>
        </span>
        {endpoint.share === undefined ? null : (
          <span data-share>
            mirrored <b>{formatShare(endpoint.share)}</b> of its requests
          </span>
        )}
        <span>
          differed <b>{formatCount(endpoint.differed)}</b>
        </span>
        <span>
          parity <b>{formatShare(endpoint.parity.rate)}</b>{" "}
          <span className="muted">
            ({formatShare(endpoint.parity.low)} – {formatShare(endpoint.parity.high)})
          </span>
        </span>
        <span>
          with secondary <b>{formatCount(endpoint.noiseCompared)}</b>
        </span>
        <span data-errors>
          5xx or incomplete: primary <b>{formatShare(errors.primary.rate)}</b>, candidate{" "}
          <b>{formatShare(errors.candidate.rate)}</b>
        </span>
      </p>
      {excused === null ? null : (
        <p className="hint" data-excused>
          {excused}.
        </p>
      )}
      <ul className="reasons">
        {endpoint.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </section>
  );
}
