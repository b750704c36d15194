import type { ControlChange, ControlState } from "../control.ts";
import type { Run } from "../run.ts";

/**
 * Live: its heartbeat is recent. Stalled: the heartbeat is late, so it cannot reach the store at the moment, or is suspended.
 * Ended: it was shut down. Lost: it has been without a heartbeat for so long that its requests in flight are counted as
 * interrupted; when it comes back, it is live again.
 */
export type ReplicaState = "live" | "stalled" | "ended" | "lost";

/** A process that serves with a store. */
export interface ReplicaIdentity {
  /** Unique for each process that was ever started. */
  readonly id: string;
  /** The configured name, or the name of its host. */
  readonly name: string;
}

/** What must be equal on all replicas, as hashes: without addresses, ports, paths and secrets of its own. */
export interface ConfigFingerprint {
  readonly hash: string;
  /** The hash of each top-level option. */
  readonly sections: Readonly<Record<string, string>>;
}

/** What a replica says about its health. All counts are since its start. */
interface ReplicaHealth {
  /** It accepts clients. */
  readonly ready: boolean;
  readonly draining: boolean;
  /** Why it cannot write to the store; null if it can. */
  readonly storeError: string | null;
  /** Captured exchanges that could not be stored. */
  readonly lostExchanges: number;
  /** Copies that were dropped to protect the primary. */
  readonly droppedCopies: number;
  /** URLs of the upstream addresses that do not respond. */
  readonly down: readonly string[];
  /** Restarts of threads. */
  readonly threadRestarts: number;
}

/** What a replica says about itself. */
export interface ReplicaReport {
  /** With the commit. */
  readonly version: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** The URLs of its listeners; empty while it starts. */
  readonly listenUrl: string;
  readonly adminUrl: string;
  readonly config: ConfigFingerprint;
  readonly health: ReplicaHealth;
  /** The number of the latest change of the shared state that all its proxy threads apply. */
  readonly applied: number;
}

/** A replica as the store knows it. */
export interface Replica extends ReplicaIdentity, ReplicaReport {
  readonly state: ReplicaState;
  /** Milliseconds since its last heartbeat, by the clock of the store. */
  readonly heartbeatAgeMs: number;
  /** The run to which its requests are counted; null before the first. */
  readonly runId: string | null;
}

/** What all replicas of a store share, as it was last read. */
export interface SharedState {
  /** Grows with every change of the control, the current run, rules, reviews and templates. */
  readonly change: number;
  readonly control: ControlState;
  /** The latest changes of the control, newest first. */
  readonly changes: readonly ControlChange[];
  /** The current run; null in a store without runs. */
  readonly run: Run | null;
  /** The replicas of the last day, by name. */
  readonly replicas: readonly Replica[];
}

/** A replica whose configuration is another one than that of the replica that was asked. */
export interface ConfigDifference {
  readonly name: string;
  /** The top-level options that differ. */
  readonly sections: readonly string[];
}
