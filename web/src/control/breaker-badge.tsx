import type { ReactElement } from "react";
import type { BreakerView } from "../../../src/model/control.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";

/** Each state has a glyph, a word and a color, so that no reader depends on the color. */
const BADGES = {
  closed: { glyph: "✓", word: "closed", badge: "pass" },
  open: { glyph: "✗", word: "open", badge: "real" },
  "half-open": { glyph: "!", word: "half open", badge: "likely" },
} as const;

/** State of a candidate's circuit breaker, with its failures and how often it opened. */
export function BreakerBadge({ breaker }: { readonly breaker: BreakerView | null }): ReactElement {
  if (breaker === null) return <span className="muted">none</span>;
  const { state, failures, opens } = breaker;
  const { glyph, word, badge } = BADGES[state];
  return (
    <>
      <span className={`badge badge-${badge}`}>
        <span aria-hidden="true">{glyph}</span> {word}
      </span>
      {failures === 0 ? null : (
        <span className="muted">
          {" "}
          {formatPlural(failures, "failure")}, opened {formatPlural(opens, "time")}
        </span>
      )}
    </>
  );
}
