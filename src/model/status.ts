import type { ConfigStatus } from "./control.ts";

/** A version of the service as a person sees it. */
interface SubsetStatus {
  readonly name: string;
  readonly url: string;
}

interface StoreStatus {
  readonly path: string;
  /** Why nothing can be stored at the moment; null while all is well. */
  readonly error: string | null;
  /** Exchanges that were captured but could not be stored, since the start. */
  readonly lostExchanges?: number | undefined;
  /** Batches on their way to the store that nobody has acknowledged yet. */
  readonly pendingBatches?: number | undefined;
}

interface ThreadStatus {
  readonly name: string;
  /** How often it was replaced since the start. */
  readonly restarts: number;
}

/** What a running shadowdiff says about itself. */
export interface Status {
  readonly version: string;
  readonly runId: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly uptimeMs: number;
  /** Where clients are served. */
  readonly listenUrl: string;
  readonly adminUrl: string;
  readonly primary: SubsetStatus;
  readonly candidates: readonly SubsetStatus[];
  readonly secondary: SubsetStatus | null;
  readonly store: StoreStatus;
  readonly threads: readonly ThreadStatus[];
  /** Clients are being served; depends on neither a candidate nor the database. */
  readonly ready: boolean;
  /** The kill switch is on: nothing is mirrored. */
  readonly paused: boolean;
  readonly config: ConfigStatus;
  /** Told to end: open exchanges are being finished. */
  readonly draining: boolean;
}
