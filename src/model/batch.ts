import type { AccountingCount } from "./accounting.ts";
import type { OutcomeCount, RelationCount, StatusPairCount } from "./difference.ts";
import type { LatencyCount, LatencyPair } from "./latency.ts";
import type { Sample } from "./sample.ts";
import type { RuleHitCount } from "./rule.ts";

/**
 * Exchanges in which there is nothing to compare: most of all traffic. In columns, because an object for each would cost more
 * to send to another thread than to count. lib/identical-exchanges.ts writes and reads them.
 */
export interface IdenticalExchanges {
  /** Routes, methods and subsets; rows hold their indexes. */
  readonly names: readonly string[];
  /** The target of each row on a line of its own, as in `Exchange.target`: no target holds a line break. */
  readonly targets: string;
  /** A row of numbers for each exchange and candidate. */
  readonly rows: Float64Array;
}

/**
 * Exchanges in which there is something to compare. As objects they would be cloned whole by the thread that clients wait for,
 * and outlive a collection of young objects in both threads. lib/packed-exchanges.ts writes and reads them.
 */
export interface PackedExchanges {
  readonly count: number;
  /** Every text in them, once; cells hold their indexes. */
  readonly texts: readonly string[];
  /** Row behind row, as long as each needs to be; bodies are places in the batch's slab. */
  readonly cells: Float64Array;
}

/**
 * What a proxy thread sends to a compare thread. Counts and exchanges travel together and are committed together, so the
 * accounting adds up at every commit. `id` makes delivery exact: the store records it and ignores a second arrival.
 */
export interface CaptureBatch {
  readonly id: string;
  readonly accounting: readonly AccountingCount[];
  /** Null when there are none. */
  readonly exchanges: PackedExchanges | null;
  /** The exchanges in which every answer is identical to the primary's; null when there are none. */
  readonly identical: IdenticalExchanges | null;
  /** The memory of all bodies in `exchanges`: transferred, and sent back when the batch is compared. */
  readonly slab: ArrayBuffer | null;
}

/** What a compare thread sends to the store thread: the same batch, judged. */
export interface ResultBatch {
  readonly id: string;
  /** The proxy's counts, and this stage's `skipped`. */
  readonly accounting: readonly AccountingCount[];
  readonly outcomes: readonly OutcomeCount[];
  readonly latencies: readonly LatencyCount[];
  readonly relations: readonly RelationCount[];
  readonly statuses: readonly StatusPairCount[];
  /** Of rules that are applied while answers are compared. */
  readonly ruleHits: readonly RuleHitCount[];
  readonly pairs: readonly LatencyPair[];
  readonly samples: readonly Sample[];
}
