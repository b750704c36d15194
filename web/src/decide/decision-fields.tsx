import { useEffect, useRef, type ReactElement } from "react";
import type { DecisionKind, RuleScope } from "./decision-target.ts";

/** What the reader enters. */
export interface DecisionInputs {
  readonly reason: string;
  readonly expiry: string;
  readonly scope: RuleScope;
  readonly force: boolean;
}

interface FieldsProps {
  readonly kind: DecisionKind;
  readonly inputs: DecisionInputs;
  readonly hasScope: boolean;
  /** The rule covers endpoints that do not show the causes yet. */
  readonly isOfAll: boolean;
  readonly needsForce: boolean;
  readonly onChange: (change: Partial<DecisionInputs>) => void;
}

/** Reason, scope and expiry of a decision. */
export function DecisionFields({ kind, inputs, hasScope, isOfAll, needsForce, onChange }: FieldsProps): ReactElement {
  const reasonField = useRef<HTMLInputElement>(null);
  useEffect(() => reasonField.current?.select(), []);
  return (
    <div className="decision-fields">
      <label className="decision-reason">
        Reason (required)
        <input
          ref={reasonField}
          required
          maxLength={500}
          value={inputs.reason}
          placeholder="Why, for those who read it later"
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
            <option value="everywhere">{isOfAll ? "every endpoint" : "all endpoints that have it"}</option>
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
        <label>
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
