import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import type { KeptApart, TemplatePosition } from "../model/views/templates.ts";
import type { Role } from "../model/capture.ts";
import type { AccountingCount } from "../model/accounting.ts";
import type { ResultBatch } from "../model/batch.ts";
import type { AttributeStratum } from "../model/explain/attribute.ts";
import type { Mark } from "../model/explain/mark.ts";
import type { Isolation } from "../model/isolate/isolation.ts";
import type {
  DifferingField,
  FailureCount,
  FeatureCount,
  Outcome,
  ParameterCounts,
  RelationCount,
  StatusPairCount,
} from "../model/difference.ts";
import type { DurationSeries, LatencySeries, TimedExchange } from "../model/latency.ts";
import type { Sample } from "../model/sample.ts";
import type { AuditEntry, Review } from "../model/review.ts";
import type { Rule, RuleHitCount } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { LostReplica } from "../model/shared/lost-replica.ts";

/** A change that a person makes on the dashboard or through the admin API, or something that happened. */
export type StoreEdit = AuditedEdit | RecordedEvent;

type AuditedEdit = (
  | { readonly type: "add-rule"; readonly rule: Rule }
  | { readonly type: "remove-rule"; readonly id: string }
  /** Rules that are added or removed together. */
  | { readonly type: "rules"; readonly add: readonly Rule[]; readonly remove: readonly string[] }
  /**
   * Causes that are reviewed together: each review in `put` replaces an earlier one with the same signature, and the causes in
   * `remove` become unreviewed again.
   */
  | { readonly type: "reviews"; readonly put: readonly Review[]; readonly remove: readonly string[] }

  /** The values of a path segment become one parameter. */
  | { readonly type: "count-as-one"; readonly template: LearnedTemplate }
  /** The values of a path segment stay endpoints of their own. */
  | { readonly type: "keep-apart"; readonly position: TemplatePosition }
  /** Traffic decides again about a segment. What was counted as one stays so. */
  | { readonly type: "undecide-template"; readonly position: TemplatePosition }
) & { readonly audit: AuditEntry };

/** One with the same id is replaced. The run need not be stored yet. What the program does on its own is not audited. */
type RecordedEvent = (
  | { readonly type: "mark"; readonly runId: string; readonly mark: Mark }
  /** One that has ended. */
  | { readonly type: "isolation"; readonly isolation: Isolation }
) & { readonly audit: AuditEntry | null };

/**
 * Writes to the store. Only the store thread has a writer, and calls one method at a time. Every method is one transaction: it
 * takes effect completely, or rejects with a StoreError and has no effect. A call is repeated after a rejection, also if the
 * database did not say whether the transaction has taken effect.
 */
export interface StoreWriter {
  /**
   * Records a run. If it exists already, because the store thread was restarted, it continues unchanged.
   * @returns the run in force, which can be another one in a store that several processes share
   */
  beginRun(run: Run): Promise<Run>;
  /**
   * Ends the runs of processes that were killed, with the last minute that has counts. A run that another process still
   * writes to is reopened by its next commit.
   * @param nowMs Unix milliseconds
   */
  endAbandonedRuns(nowMs: number): Promise<void>;
  /** Updates versions, gate and rules of a run after a reload of the configuration. */
  updateRun(run: Run): Promise<void>;
  /**
   * Commits all batches in one transaction. A batch whose id is already stored is ignored, so that a sender can safely
   * deliver a batch again.
   * @throws StoreDataError if the store rejects the data of a batch
   */
  commit(runId: string, batches: readonly ResultBatch[]): Promise<void>;
  /**
   * Counts the requests that are still in flight in a proxy thread as interrupted, because the thread has died.
   * @param proxyThread see `proxyThreadOf`
   */
  interrupt(runId: string, proxyThread: string): Promise<void>;
  /**
   * Records the requests of a run, by candidate, that were counted in a file that is lost.
   * @param minute of the loss, since the Unix epoch
   */
  forget(runId: string, minute: number, requests: ReadonlyMap<string, number>): Promise<void>;
  /** Checks that the database is still the one that was opened. @throws StoreLostError if it is not */
  verify(): Promise<void>;
  /** Writes an edit together with its audit entry, if it has one. Removing a rule or review that does not exist is not an error. */
  edit(edit: StoreEdit): Promise<void>;
  /** The rules added at run time, oldest first. */
  rules(): Promise<readonly Rule[]>;
  reviews(): Promise<readonly Review[]>;
  /** Path segments whose values are counted as one parameter, as learned from the names that were committed. */
  templates(): Promise<readonly LearnedTemplate[]>;
  /**
   * Ends a run and begins its successor, if any. `successor` is null at shutdown. The requests in flight belong to the successor
   * with all their counts.
   */
  endRun(runId: string, endedAt: number, successor: Run | null): Promise<void>;
  /**
   * Deletes rows beyond the maximum age, then the oldest samples and minutes until the database fits its maximum size.
   * @param nowMs Unix milliseconds
   * @returns whether there is more to delete: each call does a bounded amount of work
   */
  applyRetention(nowMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** How often an outcome occurred in a run. */
export interface OutcomeRow extends Outcome {
  /**
   * A collective row for all sets of fields beyond `maxDifferenceSets`. `fields` is empty; `overflow` is true in the row of
   * the exchanges that differed, and false in the row of those that matched.
   */
  readonly beyondCap: boolean;
  readonly count: number;
  /** In time blocks: how many requests these exchanges stand for; absent: one each. See `LegRecorder.level`. */
  readonly weight?: number | undefined;
  /** In the rows of a run, unless an earlier version has counted them. */
  readonly parameters?: ParameterCounts | undefined;
}

/**
 * Rows of one endpoint of one route. While the rows do not change, every read returns the same `rows` object, so that callers
 * can memoize results by its identity. Treat it as immutable.
 */
export interface PerEndpoint<Rows> {
  readonly route: string;
  readonly endpoint: string;
  readonly rows: Rows;
}

/**
 * The non-empty buckets of a logarithmic histogram in ascending order, and the count of each. Two parallel arrays take less
 * memory than many small objects.
 */
export interface BucketCounts {
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
}

export type LatencyHistograms = Readonly<Record<LatencySeries, BucketCounts>>;

/** The latency histograms of one minute. */
export interface LatencyMinute {
  readonly minute: number;
  readonly series: Pick<LatencyHistograms, DurationSeries>;
}

/**
 * The counts of the requests to one endpoint that arrived in one period. A run has at most 64 of an endpoint: recent ones are
 * short, older ones long; see block-layout.ts. While a block does not change, every read returns the same object. Treat it as
 * immutable.
 */
export interface TimeBlock {
  /** Unix milliseconds; inclusive. */
  readonly startedAt: number;
  /** Unix milliseconds; exclusive. */
  readonly endsAt: number;
  /** With the same `fields` objects as the rows of the run. */
  readonly outcomes: readonly OutcomeRow[];
  readonly statuses: readonly StatusPairCount[];
  readonly latencies: LatencyHistograms;
  readonly features: readonly FeatureCount[];
  /** Compared exchanges whose client had waited for the response to its previous request; see `Exchange.backToBack`. */
  readonly backToBack: number;
  /** The largest number of requests that one of its exchanges stands for; absent: 1. */
  readonly largestWeight?: number | undefined;
}

/** The name of an endpoint of a route. */
export type EndpointName = Pick<PerEndpoint<unknown>, "route" | "endpoint">;

/** A sample without headers and bodies. */
export interface SampleSummary extends Pick<
  Sample,
  "id" | "at" | "route" | "endpoint" | "candidate" | "method" | "target" | "fields"
> {
  readonly primaryStatus: number;
  readonly candidateStatus: number;
}

export interface SampleFilter {
  readonly endpoint?: string | undefined;
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  /** A path at which fields differ, or below which they do. */
  readonly under?: string | undefined;
  /** The candidate differs in at least one of these, on its endpoint: the fields of a cause. */
  readonly fields?: readonly SampleField[] | undefined;
  /** Name of a query parameter that the requests have; empty for requests without any parameter. */
  readonly query?: string | undefined;
  /** Name of a query parameter that the requests do not have; empty for requests with a parameter. */
  readonly withoutQuery?: string | undefined;
  readonly limit: number;
}

/** Ranges of kept exchanges; a null end is open. */
export interface TimedExchangeFilter {
  readonly endpoint?: string | undefined;
  /** Whose latency is limited and sorted by. */
  readonly role: Role;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** Arrival, in Unix milliseconds; inclusive. */
  readonly from: number | null;
  readonly to: number | null;
  readonly limit: number;
}

/** A field of the samples to read. */
export interface SampleField extends Pick<DifferingField, "section" | "path" | "kind"> {
  readonly endpoint: string;
}

/**
 * Reads the store for reports and the dashboard. The cost of a query depends on the number of endpoints and minutes, never on
 * the number of requests. Endpoints without counts are left out. Every method rejects with a StoreError if the database cannot be
 * read.
 */
export interface StoreReader {
  /** Changes when anything was committed since the last call, by whichever process. Compare it for one reader only. */
  version(): Promise<number>;
  /**
   * Runs several queries on one snapshot of the database, so that their counts are consistent.
   * @param read must query the reader that it receives, which is valid until its promise settles; never the outer one, which can
   *   wait until the snapshot has ended
   */
  snapshot<Result>(read: (reader: StoreReader) => Promise<Result>): Promise<Result>;
  /** All runs, newest first. */
  runs(): Promise<readonly Run[]>;
  /** The replicas of the run that have stopped without ending; a file has none. */
  lostReplicas(runId: string): Promise<readonly LostReplica[]>;
  /** The accounting of the run (`minute` is 0). */
  accounting(runId: string, candidate: string): Promise<readonly AccountingCount[]>;
  /** The outcomes of the run. */
  outcomes(runId: string, candidate: string): Promise<readonly PerEndpoint<readonly OutcomeRow[]>[]>;
  /** The latency histograms of the run. */
  latencies(runId: string, candidate: string): Promise<readonly PerEndpoint<LatencyHistograms>[]>;
  /**
   * The latency histograms per minute, oldest first, of one endpoint or of all together. An endpoint with several routes has
   * one entry per route and minute.
   */
  latencyMinutes(runId: string, candidate: string, endpoint: string | undefined): Promise<readonly LatencyMinute[]>;
  /**
   * The relations of the run. They are not stored per minute, so retention keeps them until it deletes their endpoint. An
   * empty path collects all fields beyond the limit of the endpoint.
   */
  relations(runId: string, candidate: string): Promise<readonly PerEndpoint<readonly RelationCount[]>[]>;
  /** The status pairs of the run, kept like relations. Pairs beyond the limit are counted by class, as 299 or 599. */
  statuses(runId: string, candidate: string): Promise<readonly PerEndpoint<readonly StatusPairCount[]>[]>;
  /** Why responses of candidate and secondary were missing or incomplete, kept like relations. */
  failures(runId: string, candidate: string): Promise<readonly PerEndpoint<readonly FailureCount[]>[]>;
  /** The rule hits of the run, kept like relations. Rules without hits are left out. */
  ruleHits(runId: string, candidate: string): Promise<readonly RuleHitCount[]>;
  /** The counts of the run over time, in ascending order. Runs of older versions have none. */
  blocks(runId: string, candidate: string): Promise<readonly PerEndpoint<readonly TimeBlock[]>[]>;
  /**
   * The attributes of kept exchanges, of all endpoints or of one: a sample for each set of fields in which the candidate differs,
   * by the names of the strata; its records by draw. A stratum that does not change remains the same object, too.
   */
  attributes(
    runId: string,
    candidate: string,
    endpoint?: EndpointName,
  ): Promise<readonly PerEndpoint<readonly AttributeStratum[]>[]>;
  /** What happened during the run, oldest first: the newest of each kind. */
  marks(runId: string): Promise<readonly Mark[]>;
  /** The isolations that have ended, of all candidates or of one, newest first: the newest of the run. */
  isolations(runId: string, candidate?: string): Promise<readonly Isolation[]>;
  /** The rules added at run time, oldest first. */
  rules(): Promise<readonly Rule[]>;
  /** Path segments whose values are counted as one parameter. */
  templates(): Promise<readonly LearnedTemplate[]>;
  /** Path segments whose values a person keeps apart. */
  keptApart(): Promise<readonly KeptApart[]>;
  /** The current review of each signature. */
  reviews(): Promise<readonly Review[]>;
  /** Audit entries, newest first. */
  audit(limit: number): Promise<readonly AuditEntry[]>;
  /** Samples that match the filter, newest first. */
  samples(runId: string, candidate: string, filter: SampleFilter): Promise<readonly SampleSummary[]>;
  sample(runId: string, id: string, candidate: string): Promise<Sample | undefined>;
  /** Samples, and the slowest exchanges of each endpoint, within ranges of latency and arrival; slowest first. */
  timedExchanges(runId: string, candidate: string, filter: TimedExchangeFilter): Promise<readonly TimedExchange[]>;
  close(): Promise<void>;
}
