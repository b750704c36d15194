import type { ReactElement } from "react";
import type { DecisionKind } from "./decision-target.ts";

const BUTTONS = [
  ["accept", "Accept", "a"],
  ["deny", "Deny", "d"],
  ["ignore", "Ignore", "i"],
] as const satisfies readonly (readonly [DecisionKind, string, string])[];

interface Props {
  /** What can be decided. */
  readonly kinds: readonly DecisionKind[];
  readonly onDecide: (kind: DecisionKind) => void;
}

/** A button with its key for each decision. The screen registers the keys. */
export function DecisionButtons({ kinds, onDecide }: Props): ReactElement {
  return (
    <>
      {BUTTONS.filter(([kind]) => kinds.includes(kind)).map(([kind, verb, key]) => (
        <button key={kind} type="button" aria-keyshortcuts={key} onClick={() => onDecide(kind)}>
          {verb} <kbd>{key}</kbd>
        </button>
      ))}
    </>
  );
}
