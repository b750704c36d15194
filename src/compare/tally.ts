import type { AccountingCount, SkipReason } from "../model/accounting.ts";
import type { InSlot, PacingCount, ResultBatch } from "../model/batch.ts";
import type { Capture } from "../model/capture.ts";
import type {
  DifferingField,
  FailureCount,
  FeatureCount,
  Outcome,
  OutcomeCount,
  RelationCount,
  StatusPairCount,
} from "../model/difference.ts";
import type { DurationSeries, ExchangeTimes, LatencyCount, LatencySeries, RatioSeries } from "../model/latency.ts";
import { bucketOf, fineBucketOf } from "../lib/log-buckets.ts";
import { failureReason } from "../presentation/words/failure-words.ts";
import type { RuleHitCount } from "../model/rule.ts";
import type { ContractComparison } from "./contract/compare-judgments.ts";
import type { RelatedDifference } from "./relations/value-history.ts";

/** Does not occur in any name, method, target or path. */
const SEPARATOR = "\n";
/** Milliseconds. A response on loopback can measure as 0, and a ratio needs a positive number. */
const SHORTEST_MS = 0.001;

/** Counts are kept per candidate, endpoint and slot. */
export interface TallyKey {
  /** Arrival of the request; see lib/time-slots.ts. */
  readonly slot: number;
  readonly route: string;
  readonly endpoint: string;
  /** The candidate's subset. */
  readonly candidate: string;
}

interface CapturesByRole {
  readonly primary: Capture;
  readonly candidate: Capture;
  readonly secondary: Capture | null;
}

/** What is counted of a request, whatever its responses are. */
interface CountedRequest {
  /** See `Exchange.backToBack`. */
  readonly isBackToBack: boolean;
  /** See `queryNamesOf`. */
  readonly queryNames: string;
  /** See `LegRecorder.level`. */
  readonly level: number;
}

/** The counts of one key in a batch. */
class KeyCounts {
  readonly key: TallyKey;
  readonly outcomes = new Map<string, Counted<OutcomeCount> & { readonly queries: Map<string, number> }>();
  readonly latencies = new Map<string, Counted<LatencyCount>>();
  readonly relations = new Map<string, Counted<RelationCount>>();
  readonly statuses = new Map<string, Counted<InSlot<StatusPairCount>>>();
  readonly failures = new Map<string, Counted<FailureCount>>();
  readonly ruleHits = new Map<string, Counted<RuleHitCount>>();
  readonly features = new Map<string, SidedFeatureCount>();
  backToBack = 0;

  constructor(key: TallyKey) {
    this.key = key;
  }
}

/** Which of two responses to one request has a feature that the other one lacks. */
export type FeatureSide = "candidateOnly" | "secondaryOnly";
type SidedFeatureCount = InSlot<Omit<FeatureCount, FeatureSide>> & Record<FeatureSide, number>;

/** The parts of a result batch that the comparison produces. */
export interface TallyCounts extends Omit<ResultBatch, "id" | "accounting" | "samples" | "slow" | "attributes"> {
  readonly skipped: readonly AccountingCount[];
}

/** Sums equal results of one batch. */
export class Tally {
  readonly #counts = new Map<string, KeyCounts>();
  readonly #skipped = new Map<string, AccountingCount & { count: number }>();
  /** Of the last call: those for one exchange follow each other, with the same key. */
  #latest: KeyCounts | undefined;

  addOutcome(key: TallyKey, outcome: Pick<Outcome, "paired" | "fields" | "overflow">, request: CountedRequest): void {
    const { paired, fields, overflow } = outcome;
    const { level } = request;
    const outcomeKey = `${paired ? "p" : "u"}${overflow ? "o" : "w"}${level} ${fieldsKey(fields)}`;
    const counts = this.#countsOf(key);
    const { outcomes } = counts;
    let counted = outcomes.get(outcomeKey);
    if (counted === undefined) {
      const shape = { paired, fields, overflow, ...(level > 0 && { level }) };
      outcomes.set(outcomeKey, (counted = { ...key, ...shape, count: 0, queries: new Map() }));
    }
    counted.count += 1;
    counted.queries.set(request.queryNames, (counted.queries.get(request.queryNames) ?? 0) + 1);
    if (request.isBackToBack) counts.backToBack += 1;
  }

  /** Counts an exchange in which only one of candidate and secondary has a feature. */
  addFeature(key: TallyKey, field: Pick<FeatureCount, "section" | "path" | "feature">, side: FeatureSide): void {
    const { section, path, feature } = field;
    const { features } = this.#countsOf(key);
    const name = joinKey(section, path, feature);
    const known = features.get(name);
    const counted = known ?? { ...key, section, path, feature, candidateOnly: 0, secondaryOnly: 0 };
    if (known === undefined) features.set(name, counted);
    counted[side] += 1;
  }

  /** Counts what explains the differences between primary and candidate. */
  addRelations(key: TallyKey, differences: readonly RelatedDifference[]): void {
    for (const { section, path, kind, relation, count } of differences) {
      if (relation === null) continue;
      const name = joinKey(section, path, kind, relation);
      const createRow = () => ({ ...withoutSlot(key), section, path, kind, relation });
      add(this.#countsOf(key).relations, name, createRow, count);
    }
  }

  /** Counts how the responses of an exchange keep to the contract. */
  addContract(key: TallyKey, { relation, ofPrimary }: Pick<ContractComparison, "relation" | "ofPrimary">): void {
    for (const row of [{ section: "status", path: "$", kind: "contract", relation } as const, ...ofPrimary]) {
      const name = joinKey(row.section, row.path, row.kind, row.relation);
      add(this.#countsOf(key).relations, name, () => ({ ...withoutSlot(key), ...row }));
    }
  }

  addRuleHits(key: TallyKey, rules: Iterable<string>): void {
    for (const rule of rules) {
      add(this.#countsOf(key).ruleHits, rule, () => ({ rule, ...withoutSlot(key) }));
    }
  }

  /** @param statuses 0 for an incomplete response; null without a secondary */
  addStatuses(
    key: TallyKey,
    statuses: { primary: number; candidate: number; secondary: number | null },
    level: number,
  ): void {
    const { primary, candidate, secondary } = statuses;
    const atLevel = level > 0 && { level };
    const count = (role: StatusPairCount["role"], other: number): void =>
      add(this.#countsOf(key).statuses, `${role} ${primary} ${other} ${level}`, () => ({
        ...key,
        primary,
        other,
        role,
        ...atLevel,
      }));
    count("candidate", candidate);
    if (secondary !== null) count("secondary", secondary);
  }

  /** Counts why responses are missing or incomplete. */
  addFailures(key: TallyKey, { candidate, secondary }: Omit<CapturesByRole, "primary">): void {
    const count = (role: FailureCount["role"], capture: Capture | null): void => {
      if (capture === null || capture.failure === null) return;
      const { kind, address = "" } = capture.failure;
      const reason = failureReason(capture.failure, capture.status);
      const createRow = () => ({ ...withoutSlot(key), role, kind, reason, address });
      add(this.#countsOf(key).failures, joinKey(role, kind, reason, address), createRow);
    };
    count("candidate", candidate);
    count("secondary", secondary);
  }

  /** @param times null for a response that failed or was not requested */
  addTimes(key: TallyKey, times: ExchangeTimes): void {
    const primary = atLeastShortest(times.primaryMs);
    const candidate = atLeastShortest(times.candidateMs);
    const secondary = atLeastShortest(times.secondaryMs);
    const counts = this.#countsOf(key);
    const count = (series: LatencySeries, bucket: number): void =>
      add(counts.latencies, `${series}${bucket}`, () => ({ ...key, series, bucket }));
    const countMs = (series: DurationSeries, ms: number): void => count(series, bucketOf(ms));
    const countRatio = (series: RatioSeries, ratio: number): void => count(series, fineBucketOf(ratio));
    if (primary === null) return;
    countMs("primary", primary);
    if (candidate !== null) {
      countMs("candidate", candidate);
      countRatio("ratio", candidate / primary);
      if (secondary !== null) countRatio("twin", candidate / secondary);
    }
    if (secondary !== null) {
      countMs("secondary", secondary);
      countRatio("bias", secondary / primary);
    }
  }

  addSkipped(minute: number, route: string, candidate: string, reason: SkipReason): void {
    const row = { minute, candidate, fate: "skipped", reason, route } as const;
    add(this.#skipped, joinKey(`${minute}`, route, candidate, reason), () => row);
  }

  results(): TallyCounts {
    const all = [...this.#counts.values()];
    return {
      outcomes: all.flatMap(({ outcomes }) => [...outcomes.values()]),
      latencies: all.flatMap(({ latencies }) => [...latencies.values()]),
      relations: all.flatMap(({ relations }) => [...relations.values()]),
      statuses: all.flatMap(({ statuses }) => [...statuses.values()]),
      failures: all.flatMap(({ failures }) => [...failures.values()]),
      ruleHits: all.flatMap(({ ruleHits }) => [...ruleHits.values()]),
      features: all.flatMap(({ features }) => [...features.values()]),
      pacing: all.flatMap(({ key, backToBack }): PacingCount[] => (backToBack === 0 ? [] : [{ ...key, backToBack }])),
      skipped: [...this.#skipped.values()],
    };
  }

  #countsOf(key: TallyKey): KeyCounts {
    if (this.#latest !== undefined && isSameKey(this.#latest.key, key)) return this.#latest;
    const { slot, route, endpoint, candidate } = key;
    const name = joinKey(`${slot}`, route, endpoint, candidate);
    let counts = this.#counts.get(name);
    if (counts === undefined) this.#counts.set(name, (counts = new KeyCounts(key)));
    this.#latest = counts;
    return counts;
  }
}

function isSameKey(a: TallyKey, b: TallyKey): boolean {
  return a.slot === b.slot && a.endpoint === b.endpoint && a.candidate === b.candidate && a.route === b.route;
}

/** Equal sets have equal keys, because they are sorted. */
function fieldsKey(fields: readonly DifferingField[]): string {
  let text = "";
  for (const { section, path, kind, mark } of fields) text += `${section}\n${path}\n${kind}\n${mark}\n`;
  return text;
}

function joinKey(...parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

/** Counts that cover the entire run have no slot. */
function withoutSlot({ route, endpoint, candidate }: TallyKey): Omit<TallyKey, "slot"> {
  return { route, endpoint, candidate };
}

/** Failed responses have no latency: the duration of a failure says nothing about the version. */
export function timesOf({ primary, candidate, secondary }: CapturesByRole): ExchangeTimes {
  return { primaryMs: latencyOf(primary), candidateMs: latencyOf(candidate), secondaryMs: latencyOf(secondary) };
}

/**
 * Milliseconds from dispatch to the end of the response, without connection setup: connection reuse depends on the request
 * rate, and a candidate that receives few requests would seem slow.
 */
function latencyOf(capture: Capture | null): number | null {
  if (capture === null || capture.failure !== null) return null;
  const { totalMs, connectMs } = capture.timing;
  return totalMs - (connectMs ?? 0);
}

function atLeastShortest(ms: number | null): number | null {
  return ms === null ? null : Math.max(ms, SHORTEST_MS);
}

type Counted<Row> = Row & { count: number };

function add<Row extends { readonly count: number }>(
  rows: Map<string, Counted<Row>>,
  name: string,
  createRow: () => Omit<Row, "count">,
  count = 1,
): void {
  const known = rows.get(name);
  if (known === undefined) rows.set(name, { ...createRow(), count } as Counted<Row>);
  else known.count += count;
}
