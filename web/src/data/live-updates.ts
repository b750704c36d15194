import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

type Connection = "connecting" | "live" | "lost";

export interface LiveUpdates {
  readonly connection: Connection;
  /** Unix milliseconds of the last announced commit; null before the first. */
  readonly lastUpdate: number | null;
}

/** A burst of commits causes one refresh per second, and each commit is visible within two seconds. */
const REFRESH_MS = 1_000;
/** An EventSource closes permanently after an HTTP error; a new one is opened after this delay. */
const REOPEN_MS = 2_000;

interface Throttled {
  readonly call: () => void;
  /** Drops a call that is still pending. */
  readonly cancel: () => void;
}

/** Runs the first call immediately, then at most one per interval; calls within an interval become one at its end. */
function throttle(act: () => void, intervalMs: number): Throttled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isPending = false;
  const endInterval = (): void => {
    timer = undefined;
    if (!isPending) return;
    isPending = false;
    act();
    timer = setTimeout(endInterval, intervalMs);
  };
  return {
    call: () => {
      if (timer !== undefined) {
        isPending = true;
        return;
      }
      act();
      timer = setTimeout(endInterval, intervalMs);
    },
    cancel: () => {
      clearTimeout(timer);
      isPending = false;
    },
  };
}

/**
 * Subscribes to the events of the admin API and refreshes the queries on the screen.
 * @param enabled false until the API is known to accept requests without a token
 */
export function useLiveUpdates(enabled: boolean): LiveUpdates {
  const client = useQueryClient();
  const [live, setLive] = useState<LiveUpdates>({ connection: "connecting", lastUpdate: null });

  useEffect(() => {
    if (!enabled) return undefined;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = throttle(() => void client.invalidateQueries(), REFRESH_MS);

    const close = (): void => {
      clearTimeout(timer);
      source?.close();
    };
    const open = (): void => {
      close();
      source = new EventSource("/api/v1/events");
      source.addEventListener("open", () => {
        setLive((last) => ({ ...last, connection: "live" }));
        // Commits made while the connection was down were not announced.
        refresh.call();
      });
      source.addEventListener("committed", () => {
        setLive({ connection: "live", lastUpdate: Date.now() });
        refresh.call();
      });
      source.addEventListener("rules", () => void client.invalidateQueries());
      source.addEventListener("status", () => {
        for (const name of ["status", "control", "runs"]) void client.invalidateQueries({ queryKey: [name] });
      });
      source.addEventListener("error", () => {
        setLive((last) => ({ ...last, connection: "lost" }));
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
      });
    };
    // A browser allows six HTTP/1.1 connections per host, so background tabs release theirs.
    const followVisibility = (): void => (document.hidden ? close() : open());
    followVisibility();
    document.addEventListener("visibilitychange", followVisibility);
    return () => {
      document.removeEventListener("visibilitychange", followVisibility);
      refresh.cancel();
      close();
    };
  }, [client, enabled]);

  return live;
}
