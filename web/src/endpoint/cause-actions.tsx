import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent, type ReactElement } from "react";
import type { CauseReport } from "../../../src/model/report.ts";
import type { Review } from "../../../src/model/review.ts";
import { useDecision, useUndo } from "../data/review-changes.ts";
import { formatDateTime } from "../ui/time.ts";
import { useKeys } from "../ui/use-keys.ts";
import { useSelection } from "../data/selection.ts";

interface Props {
  readonly cause: CauseReport;
  readonly endpoint: string;
}

/** Accept, deny, undo, or ignore by rule: by button, or by the keys a, d, u and i. */
export function CauseActions({ cause, endpoint }: Props): ReactElement {
  const [asked, setAsked] = useState<"accepted" | "denied" | null>(null);
  const undo = useUndo();
  const navigate = useNavigate();
  const { signature, review, fields } = cause;
  const field = fields[0];
  const ignore = (): void => {
    if (field === undefined) return;
    const { section, path, kind } = field;
    void navigate({ to: "/rules", search: { endpoint, section, path, kind, action: "ignore" } });
  };
  // The decision may have been about another grouping of the same fields.
  const takeBack = (): void => {
    if (review !== null && !undo.isPending) undo.mutate(review.signature);
  };
  useKeys({ a: () => setAsked("accepted"), d: () => setAsked("denied"), u: takeBack, i: ignore });
  return (
    <fieldset className="cause-actions">
      <legend className="hidden">Decide about {cause.title}</legend>
      {review === null ? null : <Decided review={review} />}
      <p className="buttons">
        <button type="button" aria-keyshortcuts="a" onClick={() => setAsked("accepted")}>
          Accept <kbd>a</kbd>
        </button>
        <button type="button" aria-keyshortcuts="d" onClick={() => setAsked("denied")}>
          Deny <kbd>d</kbd>
        </button>
        <button type="button" aria-keyshortcuts="u" disabled={review === null || undo.isPending} onClick={takeBack}>
          Undo <kbd>u</kbd>
        </button>
        <button type="button" aria-keyshortcuts="i" disabled={field === undefined} onClick={ignore}>
          Ignore by rule <kbd>i</kbd>
        </button>
      </p>
      {undo.error === null ? null : (
        <p className="problem" role="alert">
          {undo.error.message}
        </p>
      )}
      {asked === null ? null : (
        <DecisionForm key={asked} decision={asked} signature={signature} onClose={() => setAsked(null)} />
      )}
    </fieldset>
  );
}

function Decided({ review }: { readonly review: Review }): ReactElement {
  const { decision, by, at, reason, expiresAt } = review;
  return (
    <p className="soft">
      {decision} by {by} on {formatDateTime(at)}
      {expiresAt === null ? "" : ` until ${formatDateTime(expiresAt)}`}: {reason}
    </p>
  );
}

interface FormProps {
  readonly decision: "accepted" | "denied";
  readonly signature: string;
  readonly onClose: () => void;
}

function DecisionForm({ decision, signature, onClose }: FormProps): ReactElement {
  const { run, candidate } = useSelection();
  const decide = useDecision({ run: run.id, candidate });
  const [reason, setReason] = useState("");
  const [expiry, setExpiry] = useState("");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    const close = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") onClose();
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [onClose]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const expiresAt = decision === "denied" || expiry === "" ? null : expiry;
    decide.mutate({ signature, decision, reason, expiresAt }, { onSuccess: onClose });
  };
  return (
    <form className="form" onSubmit={submit}>
      <label>
        Reason
        <input
          ref={first}
          required
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      {decision === "denied" ? null : (
        <label>
          Until (empty: for good)
          <input type="date" value={expiry} onChange={(event) => setExpiry(event.target.value)} />
        </label>
      )}
      <p className="buttons">
        <button type="submit" className="primary" disabled={reason.trim() === "" || decide.isPending}>
          {decision === "accepted" ? "Accept this cause" : "Deny this cause"}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </p>
      {decide.error === null ? null : (
        <p className="problem" role="alert">
          {decide.error.message}
        </p>
      )}
    </form>
  );
}
