import type { ReactElement } from "react";
import type { FieldVerdict, Verdict } from "../../../src/model/report.ts";

/** Each verdict has a glyph, a word and a color, so that no reader depends on the color. */
const BADGES = {
  pass: { glyph: "✓", word: "pass" },
  fail: { glyph: "✗", word: "fail" },
  inconclusive: { glyph: "?", word: "inconclusive" },
  noise: { glyph: "≈", word: "noise" },
  likely: { glyph: "!", word: "likely real" },
  real: { glyph: "✗", word: "real" },
} as const;

export function VerdictBadge({ verdict }: { readonly verdict: Verdict | FieldVerdict }): ReactElement {
  const { glyph, word } = BADGES[verdict];
  return (
    <span className={`badge badge-${verdict}`}>
      <span aria-hidden="true">{glyph}</span> {word}
    </span>
  );
}
