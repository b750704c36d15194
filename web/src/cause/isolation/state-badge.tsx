import type { ReactElement } from "react";
import type { IsolationState } from "../../../../src/model/isolate/isolation.ts";
import { ISOLATION_STATES } from "./isolation-words.ts";

/** The state of an isolation as a glyph and a word. */
export function StateBadge({ state }: { readonly state: IsolationState }): ReactElement {
  const { glyph, word, badge } = ISOLATION_STATES[state];
  return (
    <span className={`badge badge-${badge}`}>
      <span aria-hidden="true">{glyph}</span> {word}
    </span>
  );
}
