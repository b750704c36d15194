import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent, type ReactElement } from "react";
import type { CauseReport } from "../../../src/model/report.ts";
import type { CauseReview } from "../../../src/model/review.ts";
import { EVERY_ENDPOINT } from "../../../src/presentation/rules/rule-presets.ts";
import { useReviewCause, useUndoReview, type ReviewDecision } from "../data/review-changes.ts";
import { useSelection } from "../data/selection.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { formatDateTime } from "../ui/time.ts";
import { useKeys } from "../ui/use-keys.ts";

interface Props {
  readonly cause: CauseReport;
  readonly endpoint: string;
}

/** Accepts, denies or ignores a cause, or undoes its review: by button, or by the keys a, d, i and u. */
export function CauseActions({ cause, endpoint }: Props): ReactElement {
  const [decision, setDecision] = useState<ReviewDecision["decision"] | null>(null);
  const undoReview = useUndoReview();
  const navigate = useNavigate();
  const { signature, review, fields } = cause;
  const field = fields[0];
  const ignore = (): void => {
    if (field === undefined) return;
    const { section, path, kind } = field;
    const where = cause.endpoints > 1 ? EVERY_ENDPOINT : endpoint;
    void navigate({ to: "/rules", search: { endpoint: where, section, path, kind, action: "ignore" } });
  };
  // The review can belong to another grouping of the same fields, so its signature is not always that of the cause.
  const undo = (): void => {
    if (review !== null && !undoReview.isPending) undoReview.mutate(review.signature);
  };
  useKeys("Endpoint", { a: () => setDecision("accepted"), d: () => setDecision("denied"), u: undo, i: ignore });
  return (
    <fieldset className="cause-actions">
      <legend className="visually-hidden">Review {cause.title}</legend>
      {review === null ? null : <ReviewSummary review={review} />}
      <p className="buttons">
        <button type="button" aria-keyshortcuts="a" onClick={() => setDecision("accepted")}>
          Accept <kbd>a</kbd>
        </button>
        <button type="button" aria-keyshortcuts="d" onClick={() => setDecision("denied")}>
          Deny <kbd>d</kbd>
        </button>
        <button type="button" aria-keyshortcuts="u" disabled={review === null || undoReview.isPending} onClick={undo}>
          Undo <kbd>u</kbd>
        </button>
        <button type="button" aria-keyshortcuts="i" disabled={field === undefined} onClick={ignore}>
          Ignore with a rule <kbd>i</kbd>
        </button>
      </p>
      <ErrorMessage error={undoReview.error} />
      {decision === null ? null : (
        <ReviewForm key={decision} decision={decision} signature={signature} onClose={() => setDecision(null)} />
      )}
    </fieldset>
  );
}

function ReviewSummary({ review }: { readonly review: CauseReview }): ReactElement {
  const { decision, by, at, reason, expiresAt } = review;
  return (
    <p className="muted">
      {decision} by {by} on {formatDateTime(at)}
      {expiresAt === null ? "" : `, expires ${formatDateTime(expiresAt)}`}: {reason}
    </p>
  );
}

interface FormProps {
  readonly decision: ReviewDecision["decision"];
  readonly signature: string;
  readonly onClose: () => void;
}

function ReviewForm({ decision, signature, onClose }: FormProps): ReactElement {
  const { run, candidate } = useSelection();
  const reviewCause = useReviewCause({ run: run.id, candidate });
  const [reason, setReason] = useState("");
  const [expiry, setExpiry] = useState("");
  const reasonField = useRef<HTMLInputElement>(null);
  useEffect(() => reasonField.current?.focus(), []);
  useEffect(() => {
    const closeOnEscape = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") onClose();
    };
    document.addEventListener("keydown", closeOnEscape);
    return () => document.removeEventListener("keydown", closeOnEscape);
  }, [onClose]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const expiresAt = decision === "denied" || expiry === "" ? null : expiry;
    reviewCause.mutate({ signature, decision, reason, expiresAt }, { onSuccess: onClose });
  };
  return (
    <form className="form" onSubmit={submit}>
      <label>
        Reason
        <input
          ref={reasonField}
          required
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      {decision === "denied" ? null : (
        <label>
          Expires (optional)
          <input type="date" value={expiry} onChange={(event) => setExpiry(event.target.value)} />
        </label>
      )}
      <p className="buttons">
        <button type="submit" className="primary" disabled={reason.trim() === "" || reviewCause.isPending}>
          {decision === "accepted" ? "Accept cause" : "Deny cause"}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </p>
      <ErrorMessage error={reviewCause.error} />
    </form>
  );
}
