import type { Resend } from "../../../../src/model/isolate/resend.ts";

interface Look {
  readonly glyph: string;
  readonly word: string;
}

/** How a fresh comparison ended. That a request without some of its parts shows no difference does not mean that it is gone. */
export const OUTCOME_LOOKS = {
  same: { glyph: "✗", word: "differs again", badge: "fail" },
  other: { glyph: "!", word: "differs in another way", badge: "likely" },
  none: { glyph: "✓", word: "no difference now", badge: "pass" },
  unknown: { glyph: "?", word: "no difference without what was left out", badge: "inconclusive" },
  failed: { glyph: "?", word: "not compared", badge: "inconclusive" },
} as const satisfies Record<Resend["outcome"], Look & { readonly badge: string }>;

/** Whether a cause shows again. @param leftOut places that the request was sent without */
export function causeLook(shows: boolean, leftOut: readonly string[]): Look {
  if (shows) return { glyph: "✗", word: "shows again" };
  return leftOut.length > 0
    ? { glyph: "?", word: "does not show without what was left out" }
    : { glyph: "✓", word: "does not show now" };
}
