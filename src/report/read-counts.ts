import type { AccountingCount } from "../model/accounting.ts";
import type { FailureCount, RelationCount, StatusPairCount } from "../model/difference.ts";
import type { Review } from "../model/review.ts";
import type { Rule, RuleHitCount } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { LostReplica } from "../model/shared/lost-replica.ts";
import { endpointKey } from "../presentation/order/endpoint-order.ts";
import type { LatencyHistograms, OutcomeRow, PerEndpoint, StoreReader, TimeBlock } from "../store/store.ts";
import type { RunBaseline } from "./baseline/run-baseline.ts";
import { collapseMaps } from "./collapse-maps.ts";
import { previousAppearances } from "./causes/previous-appearances.ts";
import type { AppearancesByEndpoint } from "./causes/field-appearance.ts";
import type { HistoryCache } from "./history-cache.ts";

/** What a report depends on besides the counts. */
export interface ReportContext {
  /** Unix milliseconds: rules and acceptances expire. */
  readonly now: number;
  readonly cache: HistoryCache;
  /** The rules to apply; by default those of the run, then those of the store. */
  readonly rules?: readonly Rule[] | undefined;
  /** What another run had already, which does not count. */
  readonly baseline?: RunBaseline | undefined;
}

/** Where the counts of one candidate come from. */
export interface CandidateSource {
  readonly reader: StoreReader;
  readonly run: Run;
  readonly candidate: string;
}

/** Everything that a report reads: the counts of one candidate in a run, with rules and reviews. */
export interface RunCounts {
  readonly accounting: readonly AccountingCount[];
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** Status pairs of candidate and secondary. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
  readonly latencies: readonly PerEndpoint<LatencyHistograms>[];
  /** The counts of outcomes, statuses and latencies by time; empty for runs of earlier versions. */
  readonly blocks: readonly PerEndpoint<readonly TimeBlock[]>[];
  readonly relations: readonly PerEndpoint<readonly RelationCount[]>[];
  /** Why responses of candidate and secondary are missing. */
  readonly failures: readonly PerEndpoint<readonly FailureCount[]>[];
  readonly rules: readonly Rule[];
  readonly ruleHits: readonly RuleHitCount[];
  readonly reviews: readonly Review[];
  readonly lostReplicas: readonly LostReplica[];
  /** The differences of the run before. */
  readonly earlier: AppearancesByEndpoint;
}

/** Reads the counts of one candidate; later steps read only kept exchanges, for rules that were added after the comparison. */
export async function readCounts(
  { reader, run, candidate }: CandidateSource,
  context: ReportContext,
): Promise<RunCounts> {
  return collapseMaps({
    lostReplicas: await reader.lostReplicas(run.id),
    accounting: await reader.accounting(run.id, candidate),
    outcomes: await reader.outcomes(run.id, candidate),
    statuses: await reader.statuses(run.id, candidate),
    latencies: await reader.latencies(run.id, candidate),
    blocks: await reader.blocks(run.id, candidate),
    relations: await reader.relations(run.id, candidate),
    failures: await reader.failures(run.id, candidate),
    rules: context.rules ?? [...run.rules, ...(await reader.rules())],
    ruleHits: await reader.ruleHits(run.id, candidate),
    reviews: await reader.reviews(),
    earlier: await previousAppearances(reader, run, candidate, context),
  });
}

/** The rows of each endpoint, by `endpointKey`. */
export function rowsByEndpoint<Rows>(all: readonly PerEndpoint<Rows>[]): ReadonlyMap<string, Rows> {
  return new Map(all.map((each) => [endpointKey(each), each.rows]));
}
