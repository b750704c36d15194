import type { ConfigStatus } from "./control.ts";

interface SubsetStatus {
  readonly name: string;
  readonly url: string;
}

interface StoreStatus {
  readonly path: string;
  /** Why the store cannot write; null if it can. */
  readonly error: string | null;
  /** Captured exchanges that could not be stored, since the start. */
  readonly lostExchanges?: number | undefined;
  /** Batches that the store has not acknowledged yet. */
  readonly pendingBatches?: number | undefined;
}

interface ThreadStatus {
  readonly name: string;
  /** How often the thread was restarted since the start. */
  readonly restarts: number;
}

/** The state of a running shadowdiff process. */
export interface Status {
  readonly version: string;
  readonly runId: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly uptimeMs: number;
  /** The URL of the listener for clients. */
  readonly listenUrl: string;
  readonly adminUrl: string;
  readonly primary: SubsetStatus;
  readonly candidates: readonly SubsetStatus[];
  readonly secondary: SubsetStatus | null;
  readonly store: StoreStatus;
  readonly threads: readonly ThreadStatus[];
  /** The listener accepts clients. Depends on neither a candidate nor the database. */
  readonly ready: boolean;
  /** The kill switch is on: no request is mirrored. */
  readonly paused: boolean;
  readonly config: ConfigStatus;
  /** shadowdiff is shutting down and is finishing the requests in flight. */
  readonly draining: boolean;
}
