import type { Query, QueryClient } from "@tanstack/react-query";

/** A burst of commits causes one refresh per second, and each commit is visible within two seconds. */
const MIN_INTERVAL_MS = 1_000;
/** A slow response is waited for at most a tenth of the time. */
const INTERVAL_PER_RESPONSE = 10;

interface Pace {
  /** Monotonic milliseconds of the last request. */
  startedAt: number;
  /** Milliseconds that its response took. */
  tookMs: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Refreshes what commits change: what is on the screen at its own pace, everything else when it is shown again. */
export class PacedRefresh {
  readonly #client: QueryClient;
  readonly #paces = new Map<Query, Pace>();
  readonly #unsubscribe: () => void;

  constructor(client: QueryClient) {
    this.#client = client;
    this.#unsubscribe = client.getQueryCache().subscribe((event) => {
      if (event.type === "removed") this.#forget(event.query);
      if (event.type !== "updated") return;
      const pace = this.#paceOf(event.query);
      if (event.action.type === "fetch") pace.startedAt = performance.now();
      if (event.action.type === "success") pace.tookMs = performance.now() - pace.startedAt;
    });
  }

  /** Call it when something was committed. */
  call(): void {
    void this.#client.invalidateQueries({ predicate: isLive, refetchType: "none" });
    for (const query of this.#client.getQueryCache().findAll({ type: "active", predicate: isLive })) {
      // Without data, it is retried on a timer, or there is nothing to show.
      if (query.state.status === "error" && query.state.data === undefined) continue;
      const pace = this.#paceOf(query);
      if (pace.timer !== undefined) continue;
      const interval = Math.max(MIN_INTERVAL_MS, pace.tookMs * INTERVAL_PER_RESPONSE);
      const refetch = (): void => {
        pace.timer = undefined;
        const { queryKey } = query;
        void this.#client.refetchQueries({ queryKey, exact: true, type: "active" }, { cancelRefetch: false });
      };
      const restMs = pace.startedAt + interval - performance.now();
      if (restMs <= 0) refetch();
      else pace.timer = setTimeout(refetch, restMs);
    }
  }

  /** Drops what is still pending: what is shown later is refreshed then. */
  cancel(): void {
    for (const pace of this.#paces.values()) {
      clearTimeout(pace.timer);
      pace.timer = undefined;
    }
  }

  close(): void {
    this.cancel();
    this.#unsubscribe();
  }

  #paceOf(query: Query): Pace {
    const known = this.#paces.get(query);
    if (known !== undefined) return known;
    const pace: Pace = { startedAt: -Infinity, tookMs: 0, timer: undefined };
    this.#paces.set(query, pace);
    return pace;
  }

  #forget(query: Query): void {
    clearTimeout(this.#paces.get(query)?.timer);
    this.#paces.delete(query);
  }
}

function isLive({ meta }: Query): boolean {
  return meta?.["live"] !== false;
}
