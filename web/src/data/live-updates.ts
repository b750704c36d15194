import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { throttle } from "./throttle.ts";

type Connection = "connecting" | "live" | "lost";

export interface Live {
  readonly connection: Connection;
  /** Unix milliseconds of the last commit that was announced; null before the first. */
  readonly lastChange: number | null;
}

/** A burst of commits costs one refresh per second, and a change still shows within two. */
const REFRESH_MS = 1_000;
/** An EventSource gives up after an HTTP error; then it is opened anew. */
const REOPEN_MS = 2_000;

/**
 * Listens to the admin API's events and refreshes what is on the screen.
 * @param enabled false while nobody knows whether the API answers without a token
 */
export function useLive(enabled: boolean): Live {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>({ connection: "connecting", lastChange: null });

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
        // What was committed while the connection was down was announced to nobody.
        refresh.call();
      });
      source.addEventListener("committed", () => {
        setLive({ connection: "live", lastChange: Date.now() });
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
    // A browser allows six connections to a host: tabs in the background must not take them from the one in front.
    const follow = (): void => (document.hidden ? close() : open());
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      refresh.cancel();
      close();
    };
  }, [client, enabled]);

  return live;
}
