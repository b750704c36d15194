import { useEffect, useState, type ReactElement } from "react";
import type { LiveUpdates } from "../data/live-updates.ts";
import { formatAge } from "../ui/time.ts";

const STATES = {
  connecting: { glyph: "◌", word: "connecting" },
  live: { glyph: "●", word: "live" },
  lost: { glyph: "○", word: "reconnecting" },
} as const;

/** The current time in Unix milliseconds, updated at an interval. */
function useNow(intervalMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}

/** State of the live connection and the age of the last update. */
export function LiveIndicator({ live }: { readonly live: LiveUpdates }): ReactElement {
  const now = useNow(1_000);
  const { glyph, word } = STATES[live.connection];
  return (
    <span className={`live live-${live.connection}`}>
      <output>
        <span aria-hidden="true">{glyph}</span> {word}
      </output>
      {live.lastUpdate === null ? null : (
        <span className="live-age"> · updated {formatAge(now - live.lastUpdate)} ago</span>
      )}
    </span>
  );
}
