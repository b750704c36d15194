import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CauseReport, EndpointReport } from "../../../../src/model/report.ts";
import type { CauseReview } from "../../../../src/model/review.ts";
import { formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { useUndoReviews } from "../../data/review-changes.ts";
import { DecisionButtons } from "../../decide/decision-buttons.tsx";
import type { DecisionKind } from "../../decide/decision-target.ts";
import { ErrorMessage } from "../../ui/error-message.tsx";
import { OtherEndpoints } from "./other-endpoints.tsx";
import { SafeText } from "../../ui/text/safe-text.tsx";
import { formatDateTime } from "../../ui/time.ts";

interface Props {
  readonly cause: CauseReport;
  readonly endpoint: Pick<EndpointReport, "endpoint" | "route">;
  readonly onDecide: (kind: DecisionKind) => void;
}

/** The open cause with its review and what can be decided about it. */
export function CauseHead({ cause, endpoint, onDecide }: Props): ReactElement {
  const undo = useUndoReviews();
  const { title, review } = cause;
  return (
    <section className="panel cause-head" id="cause-detail" aria-labelledby="cause-title">
      <h2 id="cause-title">
        <code>{title}</code>
      </h2>
      {cause.explanation === null ? null : (
        <p data-explanation>
          <SafeText text={cause.explanation} />
        </p>
      )}
      {cause.endpoints < 2 ? null : <OtherEndpoints cause={cause} endpoint={endpoint.endpoint} />}
      {review === null ? null : <ReviewSummary review={review} />}
      <p className="buttons">
        <Link
          to="/causes/$signature"
          params={{ signature: cause.signature }}
          search={{ name: endpoint.endpoint, route: endpoint.route }}
          className="button"
          data-why
        >
          Why?
        </Link>
        <DecisionButtons kinds={["accept", "deny", "ignore"]} onDecide={onDecide} />
        {review === null ? null : (
          <button type="button" disabled={undo.isPending} onClick={() => undo.mutate([review.signature])}>
            Remove the review
          </button>
        )}
      </p>
      <ErrorMessage error={undo.error} />
    </section>
  );
}

function ReviewSummary({ review }: { readonly review: CauseReview }): ReactElement {
  const { decision, by, at, reason, expiresAt, covers } = review;
  return (
    <p className="muted">
      {decision} by {by} on {formatDateTime(at)} for{" "}
      {covers === null ? "all endpoints" : formatPlural(covers, "endpoint")}
      {expiresAt === null ? "" : `, expires ${formatDateTime(expiresAt)}`}: {reason}
    </p>
  );
}
