import { useState, type FormEvent, type ReactElement } from "react";
import type { Overview } from "../../../src/model/views/overview.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useReviewCauses } from "../data/review-changes.ts";
import { useSelection } from "../data/selection.ts";
import { ErrorMessage } from "../ui/error-message.tsx";

/**
 * Accepts the listed unreviewed causes of header fields of several endpoints at once, each with a review of its own. Headers of a single
 * endpoint, such as those of its pages, are part of what it responds. Nothing below two causes.
 */
export function AcceptHeaders({ report }: { readonly report: Overview }): ReactElement | null {
  const { run, candidate } = useSelection();
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState("");
  const accept = useReviewCauses({ run: run.id, candidate });
  const causes = report.causes.filter(
    ({ cause }) => cause.endpoints > 1 && cause.fields.every(({ section }) => section === "header"),
  );
  if (causes.length < 2) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const decisions = causes.map(({ cause }) => ({
      signature: cause.signature,
      decision: "accepted" as const,
      reason,
      expiresAt: null,
    }));
    accept.mutate(decisions, { onSuccess: () => setIsOpen(false) });
  };
  if (!isOpen) {
    return (
      <p className="buttons">
        <button type="button" onClick={() => setIsOpen(true)}>
          Accept all {formatPlural(causes.length, "cause")} of headers
        </button>
      </p>
    );
  }
  return (
    <form className="form" onSubmit={submit} aria-label="Accept all causes of headers">
      <ul className="reasons form-wide">
        {causes.map(({ cause }) => (
          <li key={cause.signature}>{cause.title}</li>
        ))}
      </ul>
      <label>
        Reason
        <input required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <p className="buttons">
        <button type="submit" className="primary" disabled={reason.trim() === "" || accept.isPending}>
          Accept {formatPlural(causes.length, "cause")}
        </button>
        <button type="button" onClick={() => setIsOpen(false)}>
          Cancel
        </button>
      </p>
      <ErrorMessage error={accept.error} />
    </form>
  );
}
