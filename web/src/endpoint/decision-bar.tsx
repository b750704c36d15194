import type { ReactElement } from "react";
import { DecisionButtons } from "../decide/decision-buttons.tsx";
import { DecisionPanel } from "../decide/decision-panel.tsx";
import { targetText, type DecisionKind, type DecisionTarget } from "../decide/decision-target.ts";

export interface OpenDecision {
  readonly kind: DecisionKind;
  readonly target: DecisionTarget;
}

interface Props {
  /** What is checked. */
  readonly target: DecisionTarget;
  readonly open: OpenDecision | null;
  readonly onDecide: (kind: DecisionKind) => void;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly onClear: () => void;
}

/** What is selected and what can be done with it, or the decision that is being made; at the foot of the window. */
export function DecisionBar({ target, open, onDecide, onDone, onClose, onClear }: Props): ReactElement | null {
  if (open !== null) {
    return (
      <div className="decision-bar">
        <DecisionPanel
          key={`${open.kind} ${targetKey(open.target)}`}
          kind={open.kind}
          target={open.target}
          onDone={onDone}
          onClose={onClose}
        />
      </div>
    );
  }
  if (target.causes.length + target.fields.length === 0) return null;
  return (
    <div className="decision-bar buttons" role="toolbar" aria-label="Selection">
      <b aria-live="polite">{targetText(target)} selected</b>
      <DecisionButtons
        kinds={target.fields.length > 0 ? ["ignore"] : ["accept", "deny", "ignore"]}
        onDecide={onDecide}
      />
      <button type="button" aria-keyshortcuts="Escape" onClick={onClear}>
        Clear <kbd>Esc</kbd>
      </button>
    </div>
  );
}

function targetKey({ causes, fields }: DecisionTarget): string {
  return [
    ...causes.map(({ signature }) => signature),
    ...fields.map(({ section, path }) => `${section} ${path}`),
  ].join();
}
