import type { AccountingCount } from "./accounting.ts";
import type { OutcomeCount, RelationCount, StatusPairCount } from "./difference.ts";
import type { LatencyCount, LatencyPair } from "./latency.ts";
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
 * What a proxy thread sends to a compare thread. Counts and exchanges travel and are committed together, so that the
 * accounting adds up after every commit. The store records `id` and ignores a second delivery.
 */
export interface CaptureBatch {
  readonly id: string;
  readonly accounting: readonly AccountingCount[];
  /** Null if there are none. */
  readonly exchanges: PackedExchanges | null;
  /** Exchanges in which every response is identical to the primary's; null if there are none. */
  readonly identical: IdenticalExchanges | null;
  /** The memory of all bodies in `exchanges`. It is transferred, and sent back after the comparison. */
  readonly slab: ArrayBuffer | null;
}

/** What a compare thread sends to the store thread: the results of one `CaptureBatch`, under the same id. */
export interface ResultBatch {
  readonly id: string;
  /** The counts of the proxy thread, plus the exchanges that the compare thread skipped. */
  readonly accounting: readonly AccountingCount[];
  readonly outcomes: readonly OutcomeCount[];
  readonly latencies: readonly LatencyCount[];
  readonly relations: readonly RelationCount[];
  readonly statuses: readonly StatusPairCount[];
  /** Hits of the rules that are applied during comparison. */
  readonly ruleHits: readonly RuleHitCount[];
  readonly pairs: readonly LatencyPair[];
  readonly samples: readonly Sample[];
}
