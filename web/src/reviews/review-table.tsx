import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { ALL_ENDPOINTS, type Review } from "../../../src/model/review.ts";
import { useUndoReviews } from "../data/review-changes.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { formatDateTime } from "../ui/time.ts";

/** Reviews in force, newest first. */
export function ReviewTable({ reviews }: { readonly reviews: readonly Review[] }): ReactElement {
  const undo = useUndoReviews();
  if (reviews.length === 0)
    return (
      <p className="hint">
        No causes have been reviewed. Select a cause in the overview to accept it, to deny it, or to ignore it with a
        rule.
      </p>
    );
  return (
    <div className="scroll">
      <table>
        <caption className="visually-hidden">Reviews in force, newest first</caption>
        <thead>
          <tr>
            {["Cause", "Endpoint", "Decision", "Reason", "By", "When", "Expires"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {reviews
            .toSorted((left, right) => right.at - left.at)
            .map(({ signature, title, endpoints, decision, reason, by, at, expiresAt }) => (
              <tr key={signature} data-row data-review={signature}>
                <th scope="row">
                  {endpoints[0] === ALL_ENDPOINTS ? (
                    <code>{title}</code>
                  ) : (
                    <Link to="/endpoint" search={{ name: endpoints[0] ?? "", cause: signature }} className="mono-link">
                      {title}
                    </Link>
                  )}
                </th>
                <td>{endpoints[0] === ALL_ENDPOINTS ? "all endpoints" : <code>{endpoints.join(", ")}</code>}</td>
                <td>{decision}</td>
                <td className="value">{reason}</td>
                <td className="muted">{by}</td>
                <td className="nowrap">{formatDateTime(at)}</td>
                <td className="nowrap">{expiresAt === null ? "–" : formatDateTime(expiresAt)}</td>
                <td>
                  <button
                    type="button"
                    aria-label={`Undo the review of ${title} on ${endpoints.join(", ")}`}
                    disabled={undo.isPending}
                    onClick={() => undo.mutate([signature])}
                  >
                    Undo
                  </button>
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      <ErrorMessage error={undo.error} />
    </div>
  );
}
