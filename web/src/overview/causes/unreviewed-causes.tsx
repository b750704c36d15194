import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import type { Overview, OverviewCause } from "../../../../src/model/views/overview.ts";
import { presetEffect } from "../../../../src/presentation/rules/rule-presets.ts";
import { formatCount, formatPlural } from "../../../../src/presentation/words/number-format.ts";
import { DecisionPanel } from "../../decide/decision-panel.tsx";
import { isOfAllEndpoints, type DecisionKind, type DecisionTarget } from "../../decide/decision-target.ts";
import { AddPreset } from "../../rules/preset-list.tsx";
import { timeZoneName } from "../../ui/time.ts";
import { useKeys } from "../../ui/use-keys.ts";
import { CAUSE_VERDICTS, CauseRow } from "./cause-row.tsx";
import { useReturningFocus } from "./use-returning-focus.ts";
import "./causes.css";

interface Props {
  readonly report: Overview;
  readonly onShowAll: () => void;
}

/** A decision that is being made: about one row, or about all causes of headers. */
interface OpenDecision {
  readonly kind: DecisionKind;
  readonly signatures: readonly string[];
}

/** The most important causes of all endpoints, each with one decision for all endpoints that show it. */
export function UnreviewedCauses({ report, onShowAll }: Props): ReactElement {
  const { causes, causeCount } = report;
  const [open, setOpen] = useState<OpenDecision | null>(null);
  const close = (): void => setOpen(null);
  // What was decided is no longer listed, and must not be asked again when an undo brings it back.
  if (open !== null && !causes.some(({ cause }) => open.signatures.includes(cause.signature))) setOpen(null);
  useReturningFocus(open?.signatures[0]);
  const navigate = useNavigate();
  const decideFocused = (kind: DecisionKind): void => {
    const signature = signatureInFocus();
    if (signature !== undefined) setOpen({ kind, signatures: [signature] });
  };
  useKeys("Overview", {
    a: () => decideFocused("accept"),
    d: () => decideFocused("deny"),
    i: () => decideFocused("ignore"),
    w: () => {
      const signature = signatureInFocus();
      if (signature !== undefined) void navigate({ to: "/causes/$signature", params: { signature } });
    },
  });
  const decision = open === null ? null : decisionPanel(open, causes, close);
  const rest = causeCount - causes.length;
  return (
    <section className="panel" aria-labelledby="causes-title">
      <div className="panel-head">
        <h2 id="causes-title">Unreviewed causes</h2>
        <span className="muted">
          {rest > 0 ? `top ${causes.length} of ${formatCount(causeCount)}` : formatPlural(causeCount, "cause")}
        </span>
      </div>
      <p className="hint">
        Each with one decision for all endpoints that show it. <b>real</b>: {CAUSE_VERDICTS.real}. <b>likely real</b>:{" "}
        {CAUSE_VERDICTS.likely}.
      </p>
      <Suggestions
        report={report}
        onAccept={(signatures) => setOpen({ kind: "accept", signatures })}
        decision={open !== null && open.signatures.length > 1 ? decision : null}
      />
      {causeCount === 0 ? (
        <p className="hint">No unreviewed causes. All differences are noise, reviewed or hidden by a rule.</p>
      ) : (
        <div className="scroll">
          <table className="wide-causes" data-first-focus>
            <caption className="visually-hidden">Unreviewed causes, most important first</caption>
            <thead>
              <tr>
                <th scope="col">Cause</th>
                <th scope="col">Verdict</th>
                <th scope="col" className="number">
                  Exchanges
                </th>
                <th scope="col" title={`Local time: ${timeZoneName()}`}>
                  First – last seen
                </th>
                <th scope="col">
                  <span className="visually-hidden">Decisions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {causes.map((wide) => (
                <CauseRow
                  key={wide.cause.signature}
                  wide={wide}
                  onDecide={(kind) => setOpen({ kind, signatures: [wide.cause.signature] })}
                  decision={
                    open?.signatures.length === 1 && open.signatures[0] === wide.cause.signature ? decision : null
                  }
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rest > 0 ? (
        <p className="buttons" data-row>
          <button type="button" onClick={onShowAll}>
            Show {formatPlural(rest, "more cause")}
          </button>
        </p>
      ) : null}
    </section>
  );
}

function signatureInFocus(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-cause]")?.dataset["cause"];
}

function decisionPanel(open: OpenDecision, causes: readonly OverviewCause[], onClose: () => void): ReactElement | null {
  const chosen = causes.filter(({ cause }) => open.signatures.includes(cause.signature));
  if (chosen.length === 0) return null;
  return (
    <>
      {chosen.length === 1 ? null : (
        <ul className="decided-causes">
          {chosen.map(({ cause, where }) => (
            <li key={cause.signature}>
              <code>{cause.title}</code> <span className="muted">{where}</span>
            </li>
          ))}
        </ul>
      )}
      {chosen.some(({ cause }) => isOfAllEndpoints(cause)) ? (
        <p className="hint">
          A {open.kind === "ignore" ? "rule for" : "review of"} headers of several endpoints covers all endpoints, also
          new ones.
        </p>
      ) : null}
      <DecisionPanel
        key={`${open.kind} ${open.signatures.join()}`}
        kind={open.kind}
        target={targetOf(chosen)}
        onClose={onClose}
      />
    </>
  );
}

/** One decision for all endpoints that show the causes. */
function targetOf(causes: readonly OverviewCause[]): DecisionTarget {
  return {
    causes: causes.map(({ cause, endpoints: [first] }) => ({
      ...cause,
      endpoint: cause.endpoints > 1 ? "" : (first?.endpoint ?? ""),
    })),
    fields: [],
  };
}

interface SuggestionProps {
  readonly report: Overview;
  readonly onAccept: (signatures: readonly string[]) => void;
  readonly decision: ReactElement | null;
}

/** What silences many causes at once: a preset of headers, or one reason for all causes of headers. */
function Suggestions({ report, onAccept, decision }: SuggestionProps): ReactElement {
  const headers = report.causes.filter(({ cause }) => isOfAllEndpoints(cause)).map(({ cause }) => cause.signature);
  return (
    <>
      <div className="suggestions">
        {report.suggestions.map((suggestion) => (
          <span key={suggestion.preset} className="buttons" data-suggestion={suggestion.preset}>
            <AddPreset name={suggestion.preset} reason={suggestion.reason} />{" "}
            <span className="muted">{presetEffect(suggestion)}</span>
          </span>
        ))}
        {headers.length < 2 ? null : (
          <button type="button" onClick={() => onAccept(headers)}>
            Accept {formatPlural(headers.length, "cause")} of headers that several endpoints share
          </button>
        )}
      </div>
      {decision === null ? null : <div className="decision-of-many">{decision}</div>}
    </>
  );
}
