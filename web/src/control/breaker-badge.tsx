import type { ReactElement } from "react";
import type { BreakerView } from "../../../src/model/control.ts";
import { plural } from "../ui/numbers.ts";

/** Each meaning has a glyph, a word and a colour, so that none of them is needed alone. */
const BADGES = {
  closed: { glyph: "✓", word: "closed", badge: "pass" },
  open: { glyph: "✗", word: "open", badge: "real" },
  "half-open": { glyph: "!", word: "half open", badge: "likely" },
} as const;

/** What the circuit breaker of a candidate does, and what it has seen. */
export function BreakerState({ breaker }: { readonly breaker: BreakerView | null }): ReactElement {
  if (breaker === null) return <span className="soft">none</span>;
  const { state, failures, opens } = breaker;
  const { glyph, word, badge } = BADGES[state];
  return (
    <>
      <span className={`badge badge-${badge}`}>
        <span aria-hidden="true">{glyph}</span> {word}
      </span>
      {failures === 0 ? null : (
        <span className="soft">
          {" "}
          {plural(failures, "failure")}, opened {plural(opens, "time")}
        </span>
      )}
    </>
  );
}
