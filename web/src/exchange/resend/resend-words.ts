import type { Resend } from "../../../../src/model/isolate/resend.ts";
import { formatNames } from "../../../../src/presentation/words/difference-words.ts";

interface OutcomeLook {
  readonly glyph: string;
  readonly word: string;
  /** The look of a badge. */
  readonly badge: string;
}

const OUTCOMES = {
  same: { glyph: "✗", word: "differs again", badge: "fail" },
  other: { glyph: "!", word: "differs in another way", badge: "likely" },
  none: { glyph: "✓", word: "no difference now", badge: "pass" },
  failed: { glyph: "?", word: "not compared", badge: "inconclusive" },
} as const satisfies Record<Resend["outcome"], OutcomeLook>;

/**
 * How a fresh comparison ended. That a request without some of its parts shows no difference does not mean that it is gone.
 * @param leftOut places that the request was sent without
 */
export function outcomeLook(outcome: Resend["outcome"], leftOut: readonly string[]): OutcomeLook {
  return outcome === "none" && leftOut.length > 0
    ? { glyph: "?", word: "no difference without what was left out", badge: "inconclusive" }
    : OUTCOMES[outcome];
}

/** Whether a cause shows again. */
export function causeLook(shows: boolean, leftOut: readonly string[]): Pick<OutcomeLook, "glyph" | "word"> {
  if (shows) return { glyph: "✗", word: "shows again" };
  return leftOut.length > 0
    ? { glyph: "?", word: "does not show without what was left out" }
    : { glyph: "✓", word: "does not show now" };
}

/** `Sent without header authorization and cookie SID, whose values were not stored. …`; null if nothing was left out. */
export function leftOutText(leftOut: readonly string[]): string | null {
  if (leftOut.length === 0) return null;
  return `Sent without ${formatNames(leftOut)}: not stored, and not typed in. The difference can depend on what was left out.`;
}
