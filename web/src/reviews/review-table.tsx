import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { ALL_ENDPOINTS, type Review } from "../../../src/model/review.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useUndoReviews } from "../data/review-changes.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { formatDateTime } from "../ui/time.ts";
import { coverageText, reviewGroups, type ReviewGroup } from "./review-groups.ts";
import "./reviews.css";

/** The decisions in force, newest first; each is undone as it was made. */
export function ReviewTable({ reviews }: { readonly reviews: readonly Review[] }): ReactElement {
  const undo = useUndoReviews();
  if (reviews.length === 0) {
    return (
      <p className="hint">
        No causes have been reviewed. Open a cause on the overview or on the page of an endpoint to accept or deny it.
      </p>
    );
  }
  return (
    <div className="scroll">
      <table className="reviews">
        <caption className="visually-hidden">Decisions in force, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Causes</th>
            <th scope="col">Decision</th>
            <th scope="col">Reason</th>
            <th scope="col">When</th>
            <th scope="col">Expires</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {reviewGroups(reviews).map((group) => (
            <ReviewRow
              key={group[0].signature}
              group={group}
              isPending={undo.isPending}
              onUndo={() => undo.mutate(group.map(({ signature }) => signature))}
            />
          ))}
        </tbody>
      </table>
      <ErrorMessage error={undo.error} />
    </div>
  );
}

interface RowProps {
  readonly group: ReviewGroup;
  readonly isPending: boolean;
  readonly onUndo: () => void;
}

function ReviewRow({ group, isPending, onUndo }: RowProps): ReactElement {
  const [{ decision, reason, by, at, expiresAt, title }] = group;
  const what = group.length === 1 ? title : formatPlural(group.length, "cause");
  return (
    <tr data-row data-review={group.length}>
      <th scope="row">
        <ul className="reviewed-causes">
          {group.map((review) => (
            <li key={review.signature}>
              <ReviewedCause review={review} />
            </li>
          ))}
        </ul>
      </th>
      <td>
        <DecisionBadge decision={decision} />
      </td>
      <td className="value">{reason}</td>
      <td className="nowrap">
        {formatDateTime(at)}
        <span className="muted small subline">{by}</span>
      </td>
      <td className="nowrap">{expiresAt === null ? "never" : formatDateTime(expiresAt)}</td>
      <td>
        <button type="button" aria-label={`Undo: ${decision} ${what}`} disabled={isPending} onClick={onUndo}>
          Undo
        </button>
      </td>
    </tr>
  );
}

/** The cause, as a link to the first endpoint that the review covers. */
function ReviewedCause({ review }: { readonly review: Review }): ReactElement {
  const { title, endpoints, signature } = review;
  const [first = ALL_ENDPOINTS] = endpoints;
  return (
    <>
      {first === ALL_ENDPOINTS ? (
        <code>{title}</code>
      ) : (
        <Link to="/endpoint" search={{ name: first, cause: signature }} className="mono-link">
          {title}
        </Link>
      )}{" "}
      <span className="muted small" title={endpoints.length > 1 ? endpoints.join(", ") : undefined}>
        {coverageText(review)}
      </span>
    </>
  );
}

const BADGES = {
  accepted: { glyph: "✓", className: "badge badge-pass" },
  denied: { glyph: "✗", className: "badge badge-fail" },
} as const;

function DecisionBadge({ decision }: Pick<Review, "decision">): ReactElement {
  const { glyph, className } = BADGES[decision];
  return (
    <span className={className}>
      <span aria-hidden="true">{glyph}</span> {decision}
    </span>
  );
}
