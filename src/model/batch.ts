import type { AccountingCount } from "./accounting.ts";
import type { Exchange } from "./capture.ts";
import type { LatencyCount, LatencyPair, OutcomeCount, RelationCount, Sample, StatusPairCount } from "./difference.ts";
import type { RuleHitCount } from "./rule.ts";

/**
 * What a proxy thread sends to a compare thread. Counts and exchanges travel together and are committed together, so the
 * accounting adds up at every commit. `id` makes delivery exact: the store records it and ignores a second arrival.
 */
export interface CaptureBatch {
  readonly id: string;
  readonly accounting: readonly AccountingCount[];
  readonly exchanges: readonly Exchange[];
  /** The memory behind every `bytes` of `exchanges`: transferred, and sent back when the batch is compared. */
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
