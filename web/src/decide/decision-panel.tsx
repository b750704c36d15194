import { useEffect, type FormEvent, type ReactElement } from "react";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import { DecisionFields } from "./decision-fields.tsx";
import {
  fieldText,
  isOfAllEndpoints,
  isWide,
  targetText,
  type DecisionKind,
  type DecisionTarget,
} from "./decision-target.ts";
import { reviewEffectText, ruleEffectText } from "./effect-text.ts";
import { useDecision } from "./use-decision.ts";
import { useFocusReturn } from "./use-focus-return.ts";
import "./decide.css";

const VERBS = { accept: "Accept", deny: "Deny", ignore: "Ignore" } as const satisfies Record<DecisionKind, string>;

interface Props {
  readonly kind: DecisionKind;
  readonly target: DecisionTarget;
  /** The decision was carried out. */
  readonly onDone?: (() => void) | undefined;
  readonly onClose: () => void;
}

/**
 * A decision in place: what it is about, its effect before it is made, a reason, and one button. Escape cancels. Mount it with a
 * `key` that names the kind and the target.
 */
export function DecisionPanel({ kind, target, onDone, onClose }: Props): ReactElement {
  const decision = useDecision(kind, target);
  const { inputs, set, rulePreview, reviewPreview, endpoints, needsForce, isReady, isPending, error, carryOut } =
    decision;
  useEscape(onClose);
  useFocusReturn();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isReady || isPending || !(await carryOut())) return;
    onDone?.();
    onClose();
  };
  return (
    <form
      className="decision"
      aria-label={`${VERBS[kind]} ${targetText(target)}`}
      data-decision={kind}
      onSubmit={(event) => void submit(event)}
    >
      <h3>
        {VERBS[kind]} <span className="decision-what">{targetText(target)}</span>
        {endpoints === undefined ? "" : ` on ${formatPlural(endpoints, "endpoint")}`}
      </h3>
      <TargetNames target={target} />
      <div className="decision-effect" aria-live="polite">
        {rulePreview.data === undefined ? null : <p>{ruleEffectText(rulePreview.data)}</p>}
        {reviewPreview.data === undefined ? null : <p>{reviewEffectText(reviewPreview.data)}</p>}
        {rulePreview.isLoading || reviewPreview.isLoading ? <p className="muted">Previewing the effect …</p> : null}
        {isPending ? <p className="muted">Saving …</p> : null}
        {[...(rulePreview.data?.warnings ?? []), ...(needsForce ? [tooBroad(rulePreview.data)] : [])].map((warning) => (
          <p key={warning} className="error-text">
            {warning}
          </p>
        ))}
        <ErrorMessage error={rulePreview.error ?? reviewPreview.error} />
      </div>
      <DecisionFields
        kind={kind}
        inputs={inputs}
        isOfAll={kind === "ignore" && target.causes.every((cause) => cause.endpoints === 1 || isOfAllEndpoints(cause))}
        hasScope={isWide(target) && target.causes.every(({ endpoint }) => endpoint !== "")}
        needsForce={needsForce}
        onChange={set}
      />
      <p className="buttons">
        <button type="submit" className="primary" disabled={!isReady || isPending}>
          {VERBS[kind]}
        </button>
        <button type="button" onClick={onClose}>
          Cancel <kbd>Esc</kbd>
        </button>
      </p>
      <ErrorMessage error={error} />
    </form>
  );
}

function tooBroad(preview: { readonly overBroad: string | null } | undefined): string {
  return `Hides too much. ${preview?.overBroad ?? ""}`.trimEnd();
}

/** More causes and fields are counted. */
const MAX_NAMES = 6;

/** What the decision is about, if that is more than the heading names. */
function TargetNames({ target: { causes, fields } }: Pick<Props, "target">): ReactElement | null {
  const names = [...causes.map(({ title }) => title), ...fields.map(fieldText)];
  if (names.length < 2) return null;
  const rest = names.length - MAX_NAMES;
  return (
    <ul className="decision-names">
      {[...new Set(names)].slice(0, MAX_NAMES).map((name) => (
        <li key={name}>
          <code>{name}</code>
        </li>
      ))}
      {rest > 0 ? <li className="muted">and {rest} more</li> : null}
    </ul>
  );
}

function useEscape(onEscape: () => void): void {
  useEffect(() => {
    const close = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") onEscape();
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [onEscape]);
}
