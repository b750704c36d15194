import { useState, type ReactElement } from "react";
import type { Overview } from "../../../src/model/views/overview.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { DecisionPanel } from "../decide/decision-panel.tsx";

/**
 * Accepts the listed unreviewed causes of header fields of several endpoints at once, each with a review of its own. Headers of a single
 * endpoint, such as those of its pages, are part of what it responds. Nothing below two causes.
 */
export function AcceptHeaders({ report }: { readonly report: Overview }): ReactElement | null {
  const [isOpen, setIsOpen] = useState(false);
  const causes = report.causes.filter(
    ({ cause }) => cause.endpoints > 1 && cause.fields.every(({ section }) => section === "header"),
  );
  if (causes.length < 2) return null;
  if (!isOpen) {
    return (
      <p className="buttons">
        <button type="button" onClick={() => setIsOpen(true)}>
          Accept all {formatPlural(causes.length, "cause")} of headers
        </button>
      </p>
    );
  }
  const target = { causes: causes.map(({ cause }) => ({ ...cause, endpoint: "" })), fields: [] };
  return <DecisionPanel kind="accept" target={target} onClose={() => setIsOpen(false)} />;
}
