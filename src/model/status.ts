import type { Role } from "./capture.ts";
import type { ConfigStatus } from "./control.ts";
import type { ReplicaSummary } from "./views/replicas.ts";

interface SubsetStatus {
  readonly name: string;
  readonly url: string;
}

/** An upstream address that does not respond. */
export interface DownUpstream {
  readonly role: Role;
  readonly subset: string;
  /** The URL. */
  readonly address: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** In words: `connection refused`. */
  readonly reason: string;
  /** Requests that failed, those just before it was found down included. */
  readonly failed: number;
}

interface StoreStatus {
  readonly path: string;
  /** Why the store cannot write; null if it can. */
  readonly error: string | null;
  /** Captured exchanges that could not be stored, or whose file was deleted, moved or replaced, since the start. */
  readonly lostExchanges?: number | undefined;
  /** When the file was last deleted, moved or replaced while in use, Unix milliseconds; null if never. */
  readonly lostFileAt?: number | null | undefined;
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
  /** The upstream addresses that do not respond. */
  readonly down?: readonly DownUpstream[] | undefined;
  readonly store: StoreStatus;
  /** The replicas of the store; undefined if it is not shared. */
  readonly replicas?: ReplicaSummary | undefined;
  readonly threads: readonly ThreadStatus[];
  /** Requests sent again since the start, each to all versions. Neither a verdict nor any other count has them. */
  readonly probes?: number | undefined;
  /** Requests that a defect of shadowdiff has lost since the start: the accounting does not add up. */
  readonly lostRequests?: number | undefined;
  /** The listener accepts clients. Depends on neither a candidate nor the database. */
  readonly ready: boolean;
  /** The kill switch is on: no request is mirrored. */
  readonly paused: boolean;
  readonly config: ConfigStatus;
  /** shadowdiff is shutting down and is finishing the requests in flight. */
  readonly draining: boolean;
}
