import type { AccountingCount } from "../model/accounting.ts";
import type { ResultBatch } from "../model/batch.ts";
import type { Outcome, RelationCount, StatusPairCount } from "../model/difference.ts";
import type { LatencySeries } from "../model/latency.ts";
import type { Sample } from "../model/sample.ts";
import type { AuditEntry, Review } from "../model/review.ts";
import type { Rule, RuleHitCount } from "../model/rule.ts";
import type { Run } from "../model/run.ts";

/** A change that a person makes on the dashboard or through the admin API. */
export type StoreEdit = (
  | { readonly type: "add-rule"; readonly rule: Rule }
  | { readonly type: "remove-rule"; readonly id: string }
  /** Replaces an earlier review with the same signature. */
  | { readonly type: "review"; readonly review: Review }
  /** The cause becomes unreviewed again. */
  | { readonly type: "remove-review"; readonly signature: string }
) & { readonly audit: AuditEntry };

/** The only way rows come into being. Used by the store thread alone. */
export interface StoreWriter {
  /** Records a run; one with this id already there is left as it is (the store thread was replaced), and goes on. */
  beginRun(run: Run): void;
  /**
   * Ends the runs that nobody has ended, because their process was killed, with the last minute in which something was
   * counted. One that another process has under way goes on with what is committed to it next.
   * @param nowMs Unix milliseconds
   */
  endAbandonedRuns(nowMs: number): void;
  /** Records the versions and the gate of a run that was begun, as a reload of the configuration has changed them. */
  updateRun(run: Run): void;
  /**
   * Commits all batches in one transaction, or none. A batch whose id was committed before is passed over, so that a
   * batch may be sent again when nobody knows its fate.
   */
  commit(runId: string, batches: readonly ResultBatch[]): void;
  /** Writes one change and its audit line, or nothing. A rule or review that is not there is no error. */
  edit(edit: StoreEdit): void;
  /** The rules that were entered while a program ran, oldest first. */
  rules(): readonly Rule[];
  /** Ends a run, and begins its successor in the same transaction; null when the program ends. */
  endRun(runId: string, endedAt: number, successor: Run | null): void;
  /**
   * Writes the latency pairs of committed batches, which are put off; to be called about once a second. What is killed
   * before loses those of its last second, and no count.
   */
  flush(): void;
  /**
   * Deletes what is older than the age, then the oldest samples and minutes until the file fits the size.
   * @returns whether more is to be deleted: one call does a bounded amount of work
   */
  applyRetention(nowMs: number): boolean;
  close(): void;
}

/** An outcome with the number of times that it was seen in a run. */
export interface OutcomeRow extends Outcome {
  /**
   * Stands for all sets beyond the cap of this endpoint, those that matched apart from those that differed. Its fields are
   * empty; `overflow` tells whether the candidate differed.
   */
  readonly beyondCap: boolean;
  readonly count: number;
}

/**
 * What a store says of one endpoint of one route. As long as nothing of it has changed `rows` is the same object as before,
 * so that what was made of it can be remembered: nobody may change it.
 */
export interface PerEndpoint<Rows> {
  readonly route: string;
  readonly endpoint: string;
  readonly rows: Rows;
}

/**
 * How many values fell into which logarithmic bucket: the buckets that hold something, rising, and beside each how many. Two
 * lists, because there are many.
 */
export interface BucketCounts {
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
}

export type LatencyHistograms = Readonly<Record<LatencySeries, BucketCounts>>;

/** The latencies of one minute. */
export interface LatencyMinute {
  readonly minute: number;
  readonly series: LatencyHistograms;
}

/**
 * A uniform sample of the latencies of one endpoint's exchanges. Of each pair `draw`, `primaryMs`, `candidateMs` and
 * `secondaryMs` (NaN when no secondary answered), pair by pair in no order. Not as objects: there are many, and few are
 * looked at again.
 */
export type LatencySample = PerEndpoint<Float32Array>;

/** A kept exchange, without headers and bodies. */
export interface SampleSummary {
  readonly id: string;
  readonly at: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly method: string;
  readonly target: string;
  readonly fields: Sample["fields"];
  readonly primaryStatus: number;
  readonly candidateStatus: number;
}

export interface SampleFilter {
  readonly endpoint?: string | undefined;
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  readonly limit: number;
}

/**
 * What screens and reports are made from. Every query costs endpoints × minutes at most, never requests. What is told by
 * endpoint leaves out those of which nothing was counted.
 */
export interface StoreReader {
  /** Runs several queries over one state of the database, so that their counts fit together while the writer goes on. */
  snapshot<Result>(read: () => Result): Result;
  /** Newest first. */
  runs(): readonly Run[];
  /** Summed over minutes (`minute` is 0). */
  accounting(runId: string, candidate: string): readonly AccountingCount[];
  /** Summed over minutes. */
  outcomes(runId: string, candidate: string): readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** Summed over minutes. */
  latencies(runId: string, candidate: string): readonly PerEndpoint<LatencyHistograms>[];
  /** Oldest first, of one endpoint or of all; one that has several routes comes as often in a minute. */
  latencyMinutes(runId: string, candidate: string, endpoint: string | undefined): readonly LatencyMinute[];
  /**
   * Summed over the run. Unlike tallies these are not kept by minute: they stay whole when old minutes are deleted, and go
   * with their endpoint. An empty path stands for all fields beyond the cap of an endpoint.
   */
  relations(runId: string, candidate: string): readonly PerEndpoint<readonly RelationCount[]>[];
  /** Summed over the run, as relations are. Pairs beyond the cap of an endpoint are counted by class: 299 and 599. */
  statuses(runId: string, candidate: string): readonly PerEndpoint<readonly StatusPairCount[]>[];
  /** Summed over the run, as relations are; rules that were never applied are missing. */
  ruleHits(runId: string, candidate: string): readonly RuleHitCount[];
  /** At most `LATENCY_PAIRS_KEPT` pairs of each endpoint, or of the one that is named; one that has none is missing. */
  latencyPairs(runId: string, candidate: string, endpoint?: string): readonly LatencySample[];
  /** Those that were entered while the program ran, oldest first; removed ones are gone. */
  rules(): readonly Rule[];
  /** The decision in force for each signature. */
  reviews(): readonly Review[];
  /** Newest first. */
  audit(limit: number): readonly AuditEntry[];
  /** Newest first. */
  samples(runId: string, candidate: string, filter: SampleFilter): readonly SampleSummary[];
  sample(runId: string, id: string, candidate: string): Sample | undefined;
  close(): void;
}
