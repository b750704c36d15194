import { isActive } from "../../data/isolations.ts";
import type { Isolation, IsolationPreview, IsolationState } from "../../../../src/model/isolate/isolation.ts";
import { formatCount, formatPlural } from "../../../../src/presentation/words/number-format.ts";

/** Each state has a glyph, a word and the look of a badge, so that no reader depends on the color. */
export const ISOLATION_STATES = {
  armed: { glyph: "◎", word: "armed", badge: "likely" },
  checking: { glyph: "…", word: "checking", badge: "likely" },
  reducing: { glyph: "…", word: "reducing", badge: "likely" },
  isolated: { glyph: "✓", word: "isolated", badge: "pass" },
  "not-reproduced": { glyph: "?", word: "not reproduced", badge: "inconclusive" },
  noise: { glyph: "≈", word: "noise", badge: "noise" },
  stopped: { glyph: "■", word: "stopped", badge: "inconclusive" },
  failed: { glyph: "✗", word: "failed", badge: "fail" },
} as const satisfies Record<IsolationState, { readonly glyph: string; readonly word: string; readonly badge: string }>;

/** While it runs, `23 of at most 60 requests sent to each version; 9 of 31 parts left.`; afterwards, what it took. */
export function progressText(isolation: Pick<Isolation, "state" | "probes" | "maxProbes" | "parts">): string {
  const { probes, maxProbes, parts } = isolation;
  if (!isActive(isolation)) return `${formatPlural(probes, "request")} sent to each version.`;
  const sent = `${formatCount(probes)} of at most ${formatPlural(maxProbes, "request")} sent to each version`;
  return parts.original === 0
    ? `${sent}.`
    : `${sent}; ${formatCount(parts.left)} of ${formatPlural(parts.original, "part")} left.`;
}

/** What an isolation would send, for its confirmation. */
export function sendText({
  maxProbes,
  perSecond,
  targets,
}: Pick<IsolationPreview, "maxProbes" | "perSecond" | "targets">): string {
  const versions = formatPlural(targets.length, "version");
  return (
    `At most ${formatPlural(maxProbes, "request")} to each of ${versions}, ${formatCount(perSecond)} per second: ` +
    "the request as it is, then with parts left out or replaced. They never count in the verdict."
  );
}
