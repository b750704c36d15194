import { useEffect, useRef, useState, type FormEvent, type ReactElement } from "react";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import { useReviewPreview } from "../data/review-changes.ts";
import { isOverBroad, usePreview } from "../data/rule-changes.ts";
import { useSelection } from "../data/selection.ts";
import { ErrorMessage } from "../ui/error-message.tsx";
import {
  defaultReason,
  ignoreRules,
  isWide,
  targetText,
  type DecisionKind,
  type DecisionTarget,
  type RuleScope,
} from "./decision-target.ts";
import { reviewEffectText, ruleEffectText } from "./effect-text.ts";
import { useDecide, type Decision } from "./use-decide.ts";
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
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const decide = useDecide(scope);
  const [inputs, setInputs] = useState<DecisionInputs>({
    reason: kind === "ignore" ? defaultReason(target) : "",
    expiry: "",
    scope: "everywhere",
    force: false,
  });
  const rules = ignoreRules(target, inputs.scope);
  const signatures = target.causes.map(({ signature }) => signature);
  const rulePreview = usePreview(scope, kind === "ignore" ? rules : null);
  const review = { signatures, decision: reviewOf(kind), endpoints: onlyHere(target, inputs.scope) };
  const reviewPreview = useReviewPreview(scope, kind === "ignore" ? null : review);
  const endpoints = (kind === "ignore" ? rulePreview : reviewPreview).data?.endpoints.length;
  const needsForce = (rulePreview.data?.overBroad ?? null) !== null || isOverBroad(decide.error);
  useEscape(onClose);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const reason = inputs.reason.trim();
    const expiresAt = kind === "deny" || inputs.expiry === "" ? null : inputs.expiry;
    const what = targetText(target);
    const decision: Decision =
      kind === "ignore"
        ? { kind, what, rules: rules.map((rule) => ({ ...rule, reason, expiresAt })), force: inputs.force }
        : { kind: "review", what, ...review, reason, expiresAt };
    decide.mutate(decision, {
      onSuccess: () => {
        onDone?.();
        onClose();
      },
    });
  };
  return (
    <form
      className="decision"
      aria-label={`${VERBS[kind]} ${targetText(target)}`}
      data-decision={kind}
      onSubmit={submit}
    >
      <h3>
        {VERBS[kind]} <span className="decision-what">{targetText(target)}</span>
        {endpoints === undefined ? "" : ` on ${formatPlural(endpoints, "endpoint")}`}
      </h3>
      <div className="decision-effect" aria-live="polite">
        {rulePreview.data === undefined ? null : <p>{ruleEffectText(rulePreview.data)}</p>}
        {reviewPreview.data === undefined ? null : <p>{reviewEffectText(reviewPreview.data)}</p>}
        {rulePreview.isLoading || reviewPreview.isLoading ? <p className="muted">Previewing the effect …</p> : null}
        {(rulePreview.data?.warnings ?? []).map((warning) => (
          <p key={warning} className="error-text">
            {warning}
          </p>
        ))}
        {needsForce ? <p className="error-text">Hides too much. {rulePreview.data?.overBroad}</p> : null}
        <ErrorMessage error={rulePreview.error ?? reviewPreview.error} />
      </div>
      <DecisionFields
        kind={kind}
        inputs={inputs}
        hasScope={isWide(target) && target.causes.every(({ endpoint }) => endpoint !== "")}
        needsForce={needsForce}
        onChange={(change) => setInputs((last) => ({ ...last, ...change }))}
      />
      <p className="buttons">
        <button
          type="submit"
          className="primary"
          disabled={inputs.reason.trim() === "" || decide.isPending || (needsForce && !inputs.force)}
        >
          {VERBS[kind]}
        </button>
        <button type="button" onClick={onClose}>
          Cancel <kbd>Esc</kbd>
        </button>
      </p>
      <ErrorMessage error={decide.error} />
    </form>
  );
}

interface DecisionInputs {
  readonly reason: string;
  readonly expiry: string;
  readonly scope: RuleScope;
  readonly force: boolean;
}

interface FieldsProps {
  readonly kind: DecisionKind;
  readonly inputs: DecisionInputs;
  readonly hasScope: boolean;
  readonly needsForce: boolean;
  readonly onChange: (change: Partial<DecisionInputs>) => void;
}

function DecisionFields({ kind, inputs, hasScope, needsForce, onChange }: FieldsProps): ReactElement {
  const reasonField = useRef<HTMLInputElement>(null);
  useEffect(() => reasonField.current?.select(), []);
  return (
    <div className="decision-fields">
      <label className="decision-reason">
        Reason
        <input
          ref={reasonField}
          required
          maxLength={500}
          value={inputs.reason}
          onChange={(event) => onChange({ reason: event.target.value })}
        />
      </label>
      {hasScope ? (
        <label>
          Where
          <select
            value={inputs.scope}
            onChange={(event) => onChange({ scope: event.target.value === "here" ? "here" : "everywhere" })}
          >
            <option value="everywhere">{kind === "ignore" ? "every endpoint" : "all endpoints that have it"}</option>
            <option value="here">this endpoint only</option>
          </select>
        </label>
      ) : null}
      {kind === "deny" ? null : (
        <label>
          Expires (optional)
          <input type="date" value={inputs.expiry} onChange={(event) => onChange({ expiry: event.target.value })} />
        </label>
      )}
      {needsForce ? (
        <label className="decision-force">
          <input
            type="checkbox"
            checked={inputs.force}
            onChange={(event) => onChange({ force: event.target.checked })}
          />{" "}
          Ignore it even though that hides too much
        </label>
      ) : null}
    </div>
  );
}

/** The endpoints of a review that is limited to where its causes were opened; undefined for all that have them. */
function onlyHere(target: DecisionTarget, scope: RuleScope): readonly string[] | undefined {
  if (scope === "everywhere" || !isWide(target)) return undefined;
  return [...new Set(target.causes.map(({ endpoint }) => endpoint))];
}

function reviewOf(kind: DecisionKind): "accepted" | "denied" {
  return kind === "deny" ? "denied" : "accepted";
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
