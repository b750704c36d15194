import type { AccountingCount, SkipReason } from "../model/accounting.ts";
import type { ResultBatch } from "../model/batch.ts";
import type { Capture } from "../model/capture.ts";
import type { DifferingField, Outcome, OutcomeCount, RelationCount, StatusPairCount } from "../model/difference.ts";
import type { LatencyCount, LatencyPair, LatencySeries } from "../model/latency.ts";
import { bucketOf } from "../lib/log-buckets.ts";
import type { RuleHitCount } from "../model/rule.ts";
import type { FieldDifference } from "./field-difference.ts";
import type { LatencyPairFilter } from "./latency-pair-filter.ts";

/** Does not occur in any name, method, target or path. */
const SEPARATOR = "\n";
/** Milliseconds. A response on loopback can measure as 0, and a ratio needs a positive number. */
const SHORTEST_MS = 0.001;

/** Counts are kept per candidate, endpoint and minute. */
export interface TallyKey {
  readonly minute: number;
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

/** The counts of one key in a batch. */
class KeyCounts {
  readonly outcomes = new Map<string, Counted<OutcomeCount>>();
  readonly latencies = new Map<string, Counted<LatencyCount>>();
  readonly relations = new Map<string, Counted<RelationCount>>();
  readonly statuses = new Map<string, Counted<StatusPairCount>>();
  readonly ruleHits = new Map<string, Counted<RuleHitCount>>();
  readonly pairs: LatencyPair[] = [];
}

/** The parts of a result batch that the comparison produces. */
export interface TallyCounts extends Omit<ResultBatch, "id" | "accounting" | "samples"> {
  readonly skipped: readonly AccountingCount[];
}

/** Sums equal results of one batch. */
export class Tally {
  readonly #random: () => number;
  readonly #pairFilter: LatencyPairFilter;
  readonly #counts = new Map<string, KeyCounts>();
  readonly #skipped = new Map<string, AccountingCount & { count: number }>();

  /**
   * @param random uniform in [0, 1)
   * @param pairFilter shared by all batches
   */
  constructor(random: () => number, pairFilter: LatencyPairFilter) {
    this.#random = random;
    this.#pairFilter = pairFilter;
  }

  addOutcome(key: TallyKey, outcome: Pick<Outcome, "paired" | "fields" | "overflow">): void {
    const { paired, fields, overflow } = outcome;
    const outcomeKey = (paired ? "p" : "u") + (overflow ? "o" : "w") + fieldsKey(fields);
    add(this.#countsOf(key).outcomes, outcomeKey, () => ({ ...key, paired, fields, overflow }));
  }

  /** Counts what explains the differences between primary and candidate. */
  addRelations(key: TallyKey, differences: readonly FieldDifference[]): void {
    for (const { section, path, kind, relation = null } of differences) {
      if (relation === null) continue;
      add(this.#countsOf(key).relations, joinKey(section, path, kind, relation), () => {
        return { ...withoutMinute(key), section, path, kind, relation };
      });
    }
  }

  addRuleHits(key: TallyKey, rules: Iterable<string>): void {
    for (const rule of rules) {
      add(this.#countsOf(key).ruleHits, rule, () => ({ rule, ...withoutMinute(key) }));
    }
  }

  /** @param statuses 0 for an incomplete response; null without a secondary */
  addStatuses(key: TallyKey, statuses: { primary: number; candidate: number; secondary: number | null }): void {
    const { primary, candidate, secondary } = statuses;
    const count = (role: StatusPairCount["role"], other: number): void =>
      add(this.#countsOf(key).statuses, `${role} ${primary} ${other}`, () => {
        return { ...withoutMinute(key), primary, other, role };
      });
    count("candidate", candidate);
    if (secondary !== null) count("secondary", secondary);
  }

  /** Failed responses have no latency: the duration of a failure says nothing about the version. */
  addLatencies(key: TallyKey, captures: CapturesByRole): void {
    this.addTimes(key, {
      primaryMs: latencyOf(captures.primary),
      candidateMs: latencyOf(captures.candidate),
      secondaryMs: latencyOf(captures.secondary),
    });
  }

  /** @param times null for a response that failed or was not requested */
  addTimes(key: TallyKey, times: Record<"primaryMs" | "candidateMs" | "secondaryMs", number | null>): void {
    const primary = atLeastShortest(times.primaryMs);
    const candidate = atLeastShortest(times.candidateMs);
    const secondary = atLeastShortest(times.secondaryMs);
    const counts = this.#countsOf(key);
    const count = (series: LatencySeries, value: number): void => {
      const bucket = bucketOf(value);
      add(counts.latencies, `${series}${bucket}`, () => ({ ...key, series, bucket }));
    };
    if (primary === null) return;
    count("primary", primary);
    if (candidate !== null) {
      count("candidate", candidate);
      count("ratio", candidate / primary);
      const draw = this.#random();
      if (this.#pairFilter.passes(joinKey(key.route, key.endpoint, key.candidate), draw)) {
        counts.pairs.push({
          ...withoutMinute(key),
          draw,
          primaryMs: primary,
          candidateMs: candidate,
          secondaryMs: secondary,
        });
      }
    }
    if (secondary !== null) {
      count("secondary", secondary);
      count("bias", secondary / primary);
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
      ruleHits: all.flatMap(({ ruleHits }) => [...ruleHits.values()]),
      pairs: all.flatMap(({ pairs }) => pairs),
      skipped: [...this.#skipped.values()],
    };
  }

  #countsOf({ minute, route, endpoint, candidate }: TallyKey): KeyCounts {
    const name = joinKey(`${minute}`, route, endpoint, candidate);
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    const counts = new KeyCounts();
    this.#counts.set(name, counts);
    return counts;
  }
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

/** Counts that cover the entire run have no minute. */
function withoutMinute({ route, endpoint, candidate }: TallyKey): Omit<TallyKey, "minute"> {
  return { route, endpoint, candidate };
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
): void {
  const known = rows.get(name);
  if (known === undefined) rows.set(name, { ...createRow(), count: 1 } as Counted<Row>);
  else known.count += 1;
}
