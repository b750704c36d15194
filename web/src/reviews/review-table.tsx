import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Review } from "../../../src/model/review.ts";
import { useUndo } from "../data/review-changes.ts";
import { formatDateTime } from "../ui/time.ts";

/** What people decided about causes, the latest first. */
export function ReviewTable({ reviews }: { readonly reviews: readonly Review[] }): ReactElement {
  const undo = useUndo();
  if (reviews.length === 0) return <p className="hint">Nobody has decided about a cause.</p>;
  return (
    <div className="scroll">
      <table>
        <caption className="hidden">Decisions in force, the latest first</caption>
        <thead>
          <tr>
            {["Cause", "Endpoint", "Decision", "Reason", "By", "When", "Until", ""].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {reviews
            .toSorted((one, two) => two.at - one.at)
            .map(({ signature, title, endpoint, decision, reason, by, at, expiresAt }) => (
              <tr key={signature} data-row data-review={signature}>
                <th scope="row">
                  <Link to="/endpoint" search={{ name: endpoint, cause: signature }} className="mono-link">
                    {title}
                  </Link>
                </th>
                <td>
                  <code>{endpoint}</code>
                </td>
                <td>{decision}</td>
                <td className="value">{reason}</td>
                <td className="soft">{by}</td>
                <td className="nowrap">{formatDateTime(at)}</td>
                <td className="nowrap">{expiresAt === null ? "–" : formatDateTime(expiresAt)}</td>
                <td>
                  <button
                    type="button"
                    aria-label={`Undo the decision about ${title} of ${endpoint}`}
                    disabled={undo.isPending}
                    onClick={() => undo.mutate(signature)}
                  >
                    Undo
                  </button>
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {undo.error === null ? null : (
        <p className="problem" role="alert">
          {undo.error.message}
        </p>
      )}
    </div>
  );
}
