import type { AccountingCount, CompareThreadLoss } from "./accounting.ts";
import type { AttributeRecord } from "./explain/attribute.ts";
import type { FailureCount, FeatureCount, OutcomeCount, RelationCount, StatusPairCount } from "./difference.ts";
import type { LatencyCount, SlowExchange } from "./latency.ts";
import type { RuleHitCount } from "./rule.ts";
import type { Sample } from "./sample.ts";

/**
 * Exchanges without any difference, which are most of the traffic. They travel in columns, because sending one object per
 * exchange to another thread would cost more than counting it. Packed and unpacked by transfer/identical-exchanges.ts.
 */
export interface IdenticalExchanges {
  /** Routes, methods and subsets; `rows` holds indexes into this list. */
  readonly names: readonly string[];
  /** The targets of all rows (see `Exchange.target`), separated by line feeds, which no target contains. */
  readonly targets: string;
  /** One row of numbers per exchange and candidate. */
  readonly rows: Float64Array;
}

/**
 * Exchanges that have to be compared. As objects they would be cloned on the proxy thread, which clients wait for, and would
 * survive young-generation collections in both threads. Packed and unpacked by transfer/packed-exchanges.ts.
 */
export interface PackedExchanges {
  readonly count: number;
  /** Every distinct string of these exchanges; `cells` holds indexes into this list. */
  readonly texts: readonly string[];
  /** Rows of variable length, one after another. A body is stored as offset and length in the batch's slab. */
  readonly cells: Float64Array;
}

/**
 * What a proxy thread sends to a compare thread. Exchanges travel with their own counts and are committed together, so that the
 * accounting adds up after every commit. The store records `id` and ignores a second delivery.
 */
export interface CaptureBatch {
  /** The identity of the proxy thread, a slash, and a number. */
  readonly id: string;
  /** The exchanges as mirrored, and no longer in flight. */
  readonly accounting: readonly AccountingCount[];
  /** Null if there are none. */
  readonly exchanges: PackedExchanges | null;
  /** Exchanges in which every response is identical to the primary's; null if there are none. */
  readonly identical: IdenticalExchanges | null;
  /** The memory of all bodies in `exchanges`, shared with the proxy thread, which reuses it after the comparison. */
  readonly slab: SharedArrayBuffer | null;
  /** Where the compare thread is, shared with the proxy thread; see transfer/batch-progress.ts. */
  readonly progress: Int32Array<SharedArrayBuffer>;
  /** Exchanges that ended a compare thread. They are counted as skipped and not compared again. */
  readonly abandoned: readonly AbandonedExchange[];
  /** The batch was compared before, but its results may be lost. If the store has them, it must see them first. */
  readonly isResent: boolean;
}

export interface AbandonedExchange {
  /** In the batch, from 0. */
  readonly position: number;
  readonly reason: CompareThreadLoss;
}

/** A count of the requests that arrived in one slot: an eighth of a second, see lib/time-slots.ts. */
export type InSlot<Count> = Count & { readonly slot: number };

/** The number of compared exchanges whose client had waited for the response to its previous request before it sent this one. */
export interface PacingCount {
  readonly slot: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly backToBack: number;
}

/**
 * What a proxy thread sends to the store thread: all counts of requests, except those of a `CaptureBatch`. Until that has been
 * compared, its exchanges count as in flight.
 */
export type CountBatch = Pick<ResultBatch, "id" | "accounting">;

/** What a compare thread sends to the store thread: the results of one `CaptureBatch`, under the same id. */
export interface ResultBatch {
  readonly id: string;
  /** The counts of the proxy thread, plus the exchanges that the compare thread skipped. */
  readonly accounting: readonly AccountingCount[];
  readonly outcomes: readonly OutcomeCount[];
  readonly latencies: readonly LatencyCount[];
  readonly relations: readonly RelationCount[];
  readonly statuses: readonly InSlot<StatusPairCount>[];
  readonly failures: readonly FailureCount[];
  readonly features: readonly InSlot<FeatureCount>[];
  readonly pacing: readonly PacingCount[];
  /** Hits of the rules that are applied during comparison. */
  readonly ruleHits: readonly RuleHitCount[];
  readonly samples: readonly Sample[];
  /** Exchanges that are kept because they were slow. */
  readonly slow: readonly SlowExchange[];
  /** Exchanges whose attributes are kept to explain causes. */
  readonly attributes: readonly AttributeRecord[];
}

/** The identity of the proxy thread that has sent a batch. */
export function proxyThreadOf({ id }: Pick<ResultBatch, "id">): string {
  return id.slice(0, id.lastIndexOf("/"));
}
