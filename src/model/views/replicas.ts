import type { ConfigDifference, Replica } from "../shared/replica.ts";

/** A replica as the dashboard shows it. */
export interface ReplicaView extends Replica {
  /** The replica that was asked. */
  readonly self: boolean;
  /** The top-level options that differ from those of the replica that was asked. */
  readonly differing: readonly string[];
}

/** The processes that serve with one store. */
export interface Replicas {
  /** Whether several processes can share the store. Otherwise `replicas` is the one that was asked. */
  readonly shared: boolean;
  /** The number of the latest change of the shared state that this replica knows. */
  readonly change: number;
  readonly replicas: readonly ReplicaView[];
}

/** What needs attention, for the banners of the dashboard. */
export interface ReplicaSummary {
  readonly live: number;
  /** Names of replicas whose heartbeat is late. */
  readonly stalled: readonly string[];
  /** Names of replicas that were lost in the current run and were not replaced by one of the same name. */
  readonly lost: readonly string[];
  /** Live replicas with another configuration than the one that was asked. */
  readonly differing: readonly ConfigDifference[];
}
