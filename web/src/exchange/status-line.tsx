import type { ReactElement } from "react";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { formatStatus } from "../../../src/presentation/statuses/status-change.ts";
import { failureReason, failureText } from "../../../src/presentation/words/failure-words.ts";
import { legName, legsOf } from "./legs.ts";

/** The status of each role, and why a response is missing: what differs most is first. */
export function StatusLine({ sample }: { readonly sample: SampleDetail }): ReactElement {
  const { primary } = sample.legs;
  return (
    <ul className="status-line" aria-label="Status of each response">
      {legsOf(sample).map(({ role, leg }) => (
        <li key={role} data-role={role} className={leg.status === primary.status ? undefined : "differs"}>
          <span className="muted small">
            <span className={`role-dot role-${role}`} aria-hidden="true" /> {legName({ role, leg })}
          </span>
          <b>{formatStatus(leg.status)}</b>
          {leg.failure === null ? null : (
            <span className="error-text small">
              {failureText({ ...leg.failure, reason: failureReason(leg.failure, leg.status) })}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
