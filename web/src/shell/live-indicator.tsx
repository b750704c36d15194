import { Link } from "@tanstack/react-router";
import { useEffect, useState, type ReactElement } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Connection } from "../data/connection.ts";
import type { LiveUpdates } from "../data/live-updates.ts";
import { formatAge, formatClock, formatDateTime } from "../ui/time.ts";

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

interface Props {
  readonly live: LiveUpdates;
  /** A run on the screen that is not in progress; undefined for the current run. */
  readonly earlier: Run | undefined;
}

/** State of the connection, and the age of the data; for an earlier run, that it does not change. */
export function LiveIndicator({ live: { connection, lastUpdate }, earlier }: Props): ReactElement {
  if (earlier !== undefined && connection.state === "live") return <EarlierRun run={earlier} />;
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

function EarlierRun({ run: { endedAt } }: { readonly run: Run }): ReactElement {
  return (
    <span className="live live-ended">
      <output>
        <span aria-hidden="true">■</span> {endedAt === null ? "not the current run" : "ended"}
      </output>
      {endedAt === null ? null : <span className="live-age"> {formatDateTime(endedAt)}</span>}{" "}
      <Link to="/" search={{ run: undefined, candidate: undefined }} aria-label="Show the current run">
        <span className="live-long">Show the current run</span>
        <span className="live-short">current</span>
      </Link>
    </span>
  );
}

function UpdateAge({ at }: { readonly at: number }): ReactElement {
  return <span className="live-age"> · updated {formatAge(useNow(1_000) - at)} ago</span>;
}
