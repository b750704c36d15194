import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useState } from "react";
import { setResponding } from "./api-client.ts";
import {
  addEvent,
  connectionAt,
  initialFacts,
  isStale,
  SILENCE_MS,
  type Connection,
  type ConnectionEvent,
  type ConnectionFacts,
  type Process,
} from "./connection.ts";
import { PacedRefresh } from "./paced-refresh.ts";

export interface LiveUpdates {
  readonly connection: Connection;
  /** Unix milliseconds of the last announced commit; null before the first. */
  readonly lastUpdate: number | null;
  /** The process that the current one has replaced while the page was open. */
  readonly replaced: Process | null;
}

/** An EventSource closes permanently after an HTTP error; a new one is opened after this delay. */
const REOPEN_MS = 2_000;
/** How often the state of the connection is determined without an event. */
const TICK_MS = 1_000;

/**
 * Subscribes to the events of the admin API and refreshes the queries on the screen.
 * @param enabled false until the API is known to accept requests without a token
 */
export function useLiveUpdates(enabled: boolean): LiveUpdates {
  const client = useQueryClient();
  const [lastUpdate, setLastUpdate] = useState<number | null>(null);
  const { connection, replaced, tell } = useConnectionState();

  useEffect(() => {
    if (!enabled) return undefined;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let heardAt = Date.now();
    const refresh = new PacedRefresh(client);

    const hear = (event: ConnectionEvent): void => {
      heardAt = Date.now();
      tell(event);
    };
    const close = (): void => {
      clearTimeout(timer);
      source?.close();
    };
    const open = (): void => {
      close();
      heardAt = Date.now();
      source = new EventSource("/api/v1/events");
      source.addEventListener("open", () => {
        hear({ type: "opened" });
        // Commits made while the connection was down were not announced.
        refresh.call();
      });
      source.addEventListener("committed", () => {
        hear({ type: "heard" });
        setLastUpdate(Date.now());
        refresh.call();
      });
      source.addEventListener("rules", () => void client.invalidateQueries());
      source.addEventListener("heartbeat", ({ data }) => hear({ type: "heard", process: JSON.parse(data) as Process }));
      source.addEventListener("stopped", () => tell({ type: "stopped" }));
      source.addEventListener("status", ({ data }) => {
        hear({ type: "heard", process: JSON.parse(data) as Process });
        for (const name of ["status", "control", "runs", "replicas"])
          void client.invalidateQueries({ queryKey: [name] });
      });
      source.addEventListener("isolations", () => void client.invalidateQueries({ queryKey: ["isolations"] }));
      source.addEventListener("replicas", () => {
        for (const name of ["replicas", "status", "control"]) void client.invalidateQueries({ queryKey: [name] });
      });
      source.addEventListener("error", () => {
        tell({ type: "broken" });
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
      });
    };
    // A browser allows six HTTP/1.1 connections per host, so background tabs release theirs.
    const followVisibility = (): void => {
      if (document.hidden) {
        refresh.cancel();
        return close();
      }
      tell({ type: "resumed" });
      return open();
    };
    // One that broke, or whose process seems frozen, may never reconnect.
    const reopenSilent = (): void => {
      if (!document.hidden && Date.now() - heardAt >= SILENCE_MS) open();
    };
    followVisibility();
    document.addEventListener("visibilitychange", followVisibility);
    const watch = setInterval(reopenSilent, TICK_MS);
    return () => {
      clearInterval(watch);
      document.removeEventListener("visibilitychange", followVisibility);
      refresh.close();
      close();
    };
  }, [client, enabled, tell]);
  useEffect(() => setResponding(!isStale(connection)), [connection]);

  return { connection, lastUpdate, replaced };
}

/** The connection, updated each second while it is not live: a silence makes no event. */
function useConnectionState(): Pick<LiveUpdates, "connection" | "replaced"> & {
  readonly tell: (event: ConnectionEvent) => void;
} {
  const [{ facts, connection }, tell] = useReducer(nextConnection, null, () => {
    const facts = initialFacts(Date.now());
    return { facts, connection: connectionAt(facts, Date.now()) };
  });
  useEffect(() => {
    const timer = setInterval(() => tell(null), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return { connection, replaced: facts.replaced, tell };
}

interface ConnectionState {
  readonly facts: ConnectionFacts;
  readonly connection: Connection;
}

/** @param event null: some time has passed */
function nextConnection(state: ConnectionState, event: ConnectionEvent | null): ConnectionState {
  const now = Date.now();
  const facts = event === null ? state.facts : addEvent(state.facts, event, now);
  const next = connectionAt(facts, now);
  // An equal state is not rendered again.
  const isSame = next.state === state.connection.state && sinceOf(next) === sinceOf(state.connection);
  if (isSame && facts === state.facts) return state;
  return { facts, connection: isSame ? state.connection : next };
}

function sinceOf(connection: Connection): number | undefined {
  return "since" in connection ? connection.since : undefined;
}
