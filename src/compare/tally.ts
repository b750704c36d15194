import type { AccountingCount, SkipReason } from "../model/accounting.ts";
import type { ResultBatch } from "../model/batch.ts";
import type { Capture } from "../model/capture.ts";
import type { DifferingField, Outcome, OutcomeCount, RelationCount, StatusPairCount } from "../model/difference.ts";
import type { LatencyCount, LatencyPair, LatencySeries } from "../model/latency.ts";
import { bucketOf } from "../lib/log-buckets.ts";
import type { RuleHitCount } from "../model/rule.ts";
import type { FieldDifference } from "./field-difference.ts";
import type { LatencyPairFilter } from "./latency-pair-filter.ts";

/** Occurs in no name, method, target or path. */
const SEPARATOR = "\n";
/** Milliseconds; a leg on loopback may measure as 0, which no ratio survives. */
const SHORTEST_MS = 0.001;

/** Whose results: one candidate's on one endpoint in one minute. */
export interface TallyKey {
  readonly minute: number;
  readonly route: string;
  readonly endpoint: string;
  /** The candidate's subset. */
  readonly candidate: string;
}

interface Legs {
  readonly primary: Capture;
  readonly candidate: Capture;
  readonly secondary: Capture | null;
}

/** What is counted of one subject in a batch. */
class SubjectCounts {
  readonly outcomes = new Map<string, Counted<OutcomeCount>>();
  readonly latencies = new Map<string, Counted<LatencyCount>>();
  readonly relations = new Map<string, Counted<RelationCount>>();
  readonly statuses = new Map<string, Counted<StatusPairCount>>();
  readonly ruleHits = new Map<string, Counted<RuleHitCount>>();
  readonly pairs: LatencyPair[] = [];
}

/** Everything but what a batch brought along. */
export interface TallyCounts extends Omit<ResultBatch, "id" | "accounting" | "samples"> {
  readonly skipped: readonly AccountingCount[];
}

/** Adds equal results of one batch up. */
export class Tally {
  readonly #random: () => number;
  readonly #pairs: LatencyPairFilter;
  readonly #books = new Map<string, SubjectCounts>();
  readonly #skipped = new Map<string, AccountingCount & { count: number }>();

  /**
   * @param random uniform in [0, 1)
   * @param pairs outlives the batches
   */
  constructor(random: () => number, pairs: LatencyPairFilter) {
    this.#random = random;
    this.#pairs = pairs;
  }

  outcome(subject: TallyKey, outcome: Pick<Outcome, "paired" | "fields" | "overflow">): void {
    const { paired, fields, overflow } = outcome;
    const key = (paired ? "p" : "u") + (overflow ? "o" : "w") + keyOfSet(fields);
    add(this.#book(subject).outcomes, key, () => ({ ...subject, paired, fields, overflow }));
  }

  /** What explains the differences between primary and candidate. */
  relations(subject: TallyKey, differences: readonly FieldDifference[]): void {
    for (const { section, path, kind, relation = null } of differences) {
      if (relation === null) continue;
      add(this.#book(subject).relations, key(section, path, kind, relation), () => {
        return { ...withoutMinute(subject), section, path, kind, relation };
      });
    }
  }

  ruleHits(subject: TallyKey, rules: Iterable<string>): void {
    for (const rule of rules) {
      add(this.#book(subject).ruleHits, rule, () => ({ rule, ...withoutMinute(subject) }));
    }
  }

  /** @param statuses 0 for a leg without a complete answer; null without a secondary */
  statuses(subject: TallyKey, statuses: { primary: number; candidate: number; secondary: number | null }): void {
    const { primary, candidate, secondary } = statuses;
    const count = (role: StatusPairCount["role"], other: number): void =>
      add(this.#book(subject).statuses, `${role} ${primary} ${other}`, () => {
        return { ...withoutMinute(subject), primary, other, role };
      });
    count("candidate", candidate);
    if (secondary !== null) count("secondary", secondary);
  }

  /** Legs that failed have no latency: how long a failure recordTaken says nothing about the version. */
  latencies(subject: TallyKey, legs: Legs): void {
    this.times(subject, {
      primaryMs: totalOf(legs.primary),
      candidateMs: totalOf(legs.candidate),
      secondaryMs: totalOf(legs.secondary),
    });
  }

  /** Null for a leg that failed, or was not sent. */
  times(subject: TallyKey, times: Record<"primaryMs" | "candidateMs" | "secondaryMs", number | null>): void {
    const primary = atLeastShortest(times.primaryMs);
    const candidate = atLeastShortest(times.candidateMs);
    const secondary = atLeastShortest(times.secondaryMs);
    const book = this.#book(subject);
    const count = (series: LatencySeries, value: number): void => {
      const bucket = bucketOf(value);
      add(book.latencies, `${series}${bucket}`, () => ({ ...subject, series, bucket }));
    };
    if (primary === null) return;
    count("primary", primary);
    if (candidate !== null) {
      count("candidate", candidate);
      count("ratio", candidate / primary);
      const draw = this.#random();
      if (this.#pairs.passes(key(subject.route, subject.endpoint, subject.candidate), draw)) {
        book.pairs.push({
          ...withoutMinute(subject),
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

  skipped(minute: number, route: string, candidate: string, reason: SkipReason): void {
    const row = { minute, candidate, fate: "skipped", reason, route } as const;
    add(this.#skipped, key(`${minute}`, route, candidate, reason), () => row);
  }

  results(): TallyCounts {
    const books = [...this.#books.values()];
    return {
      outcomes: books.flatMap(({ outcomes }) => [...outcomes.values()]),
      latencies: books.flatMap(({ latencies }) => [...latencies.values()]),
      relations: books.flatMap(({ relations }) => [...relations.values()]),
      statuses: books.flatMap(({ statuses }) => [...statuses.values()]),
      ruleHits: books.flatMap(({ ruleHits }) => [...ruleHits.values()]),
      pairs: books.flatMap(({ pairs }) => pairs),
      skipped: [...this.#skipped.values()],
    };
  }

  #book({ minute, route, endpoint, candidate }: TallyKey): SubjectCounts {
    const name = key(`${minute}`, route, endpoint, candidate);
    const known = this.#books.get(name);
    if (known !== undefined) return known;
    const book = new SubjectCounts();
    this.#books.set(name, book);
    return book;
  }
}

/** Equal sets have equal keys, for they are sorted. */
function keyOfSet(fields: readonly DifferingField[]): string {
  let text = "";
  for (const { section, path, kind, mark } of fields) text += `${section}\n${path}\n${kind}\n${mark}\n`;
  return text;
}

function key(...parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

/** What is summed over a whole run has no minute. */
function withoutMinute({ route, endpoint, candidate }: TallyKey): Omit<TallyKey, "minute"> {
  return { route, endpoint, candidate };
}

/**
 * From the dispatch to the end of the answer, without the time to open a connection: whether one was open already says
 * nothing about the version, and a candidate that gets few requests would seem slow.
 */
function totalOf(capture: Capture | null): number | null {
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
  row: () => Omit<Row, "count">,
): void {
  const known = rows.get(name);
  if (known === undefined) rows.set(name, { ...row(), count: 1 } as Counted<Row>);
  else known.count += 1;
}
