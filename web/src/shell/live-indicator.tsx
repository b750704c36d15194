import { useEffect, useState, type ReactElement } from "react";
import type { Connection } from "../data/connection.ts";
import type { LiveUpdates } from "../data/live-updates.ts";
import { formatAge, formatClock } from "../ui/time.ts";

const STATES: Readonly<Record<Connection["state"], { readonly glyph: string; readonly word: string }>> = {
  connecting: { glyph: "◌", word: "connecting" },
  live: { glyph: "●", word: "live" },
  reconnecting: { glyph: "◌", word: "reconnecting" },
  disconnected: { glyph: "○", word: "disconnected" },
  unresponsive: { glyph: "○", word: "not responding" },
  stopped: { glyph: "■", word: "stopped" },
};

/** The current time in Unix milliseconds, updated at an interval. */
function useNow(intervalMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}

/** State of the connection, and the age of the data. */
export function LiveIndicator({ live: { connection, lastUpdate } }: { readonly live: LiveUpdates }): ReactElement {
  const { glyph, word } = STATES[connection.state];
  return (
    <span className={`live live-${connection.state}`}>
      <output>
        <span aria-hidden="true">{glyph}</span> {word}
      </output>
      {"since" in connection ? (
        <span className="live-age">
          {" "}
          {connection.state === "stopped" ? "at" : "since"} {formatClock(connection.since)}
        </span>
      ) : lastUpdate === null ? null : (
        <UpdateAge at={lastUpdate} />
      )}
    </span>
  );
}

function UpdateAge({ at }: { readonly at: number }): ReactElement {
  return <span className="live-age"> · updated {formatAge(useNow(1_000) - at)} ago</span>;
}
