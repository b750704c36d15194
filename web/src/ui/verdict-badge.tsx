import type { ReactElement } from "react";
import type { FieldVerdict, Verdict } from "../../../src/model/report.ts";
import { VERDICT_BADGES } from "../../../src/presentation/words/verdict-badges.ts";

export function VerdictBadge({ verdict }: { readonly verdict: Verdict | FieldVerdict }): ReactElement {
  const { glyph, word } = VERDICT_BADGES[verdict];
  return (
    <span className={`badge badge-${verdict}`}>
      <span aria-hidden="true">{glyph}</span> {word}
    </span>
  );
}
