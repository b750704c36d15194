import type { ReactElement } from "react";
import type { Live } from "../data/live-updates.ts";
import { formatDuration } from "../ui/time.ts";
import { useNow } from "./use-now.ts";

const WORDS = {
  connecting: { glyph: "◌", word: "connecting" },
  live: { glyph: "●", word: "live" },
  lost: { glyph: "○", word: "reconnecting" },
} as const;

/** Whether changes arrive by themselves, and when the last one did. */
export function LiveIndicator({ live }: { readonly live: Live }): ReactElement {
  const now = useNow(1_000);
  const { glyph, word } = WORDS[live.connection];
  return (
    <span className={`live live-${live.connection}`}>
      <output>
        <span aria-hidden="true">{glyph}</span> {word}
      </output>
      {live.lastChange === null ? null : (
        <span className="live-change"> · changed {formatDuration(now - live.lastChange)} ago</span>
      )}
    </span>
  );
}
