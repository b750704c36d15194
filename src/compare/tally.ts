import type { AccountingCount, SkipReason } from "../model/accounting.ts";
import type { Capture } from "../model/capture.ts";
import type { LatencyCount, LatencySeries, Outcome, OutcomeCount } from "../model/difference.ts";
import { bucketOf } from "../lib/log-buckets.ts";

/** Occurs in no name, method, target or path. */
const SEPARATOR = "\n";
/** Milliseconds; a leg on loopback may measure as 0, which no ratio survives. */
const SHORTEST_MS = 0.001;

/** Adds equal results of one batch up. */
export class Tally {
  readonly #outcomes = new Map<string, Counted<OutcomeCount>>();
  readonly #latencies = new Map<string, Counted<LatencyCount>>();
  readonly #skipped = new Map<string, Counted<AccountingCount>>();

  outcome(minute: number, outcome: Outcome): void {
    const { route, endpoint, candidate, paired, fields, overflow } = outcome;
    const set = fields.map(({ section, path, kind, mark }) => [section, path, kind, mark].join(SEPARATOR));
    add(this.#outcomes, { minute, ...outcome }, minute, route, endpoint, candidate, paired, overflow, ...set);
  }

  /** Legs that failed have no latency: how long a failure took says nothing about the version. */
  latencies(
    at: Pick<LatencyCount, "minute" | "route" | "endpoint" | "candidate">,
    legs: { primary: Capture; candidate: Capture; secondary: Capture | null },
  ): void {
    this.times(at, totalOf(legs.primary), totalOf(legs.candidate), totalOf(legs.secondary));
  }

  times(
    at: Pick<LatencyCount, "minute" | "route" | "endpoint" | "candidate">,
    primary: number | null,
    candidate: number | null,
    secondary: number | null,
  ): void {
    const count = (series: LatencySeries, value: number): void => {
      const bucket = bucketOf(value);
      add(this.#latencies, { ...at, series, bucket }, at.minute, at.route, at.endpoint, at.candidate, series, bucket);
    };
    if (primary === null) return;
    count("primary", primary);
    if (candidate !== null) {
      count("candidate", candidate);
      count("ratio", candidate / primary);
    }
    if (secondary !== null) {
      count("secondary", secondary);
      count("bias", secondary / primary);
    }
  }

  skipped(minute: number, route: string, candidate: string, reason: SkipReason): void {
    add(this.#skipped, { minute, candidate, fate: "skipped", reason, route }, minute, route, candidate, reason);
  }

  results(): { outcomes: OutcomeCount[]; latencies: LatencyCount[]; skipped: AccountingCount[] } {
    return {
      outcomes: [...this.#outcomes.values()],
      latencies: [...this.#latencies.values()],
      skipped: [...this.#skipped.values()],
    };
  }
}

/**
 * From the dispatch to the end of the answer, without the time to open a connection: whether one was open already says
 * nothing about the version, and a candidate that gets few requests would seem slow.
 */
function totalOf(capture: Capture | null): number | null {
  if (capture === null || capture.failure !== null) return null;
  const { totalMs, connectMs } = capture.timing;
  return Math.max(totalMs - (connectMs ?? 0), SHORTEST_MS);
}

type Counted<Row> = Row & { count: number };

function add<Row extends { readonly count: number }>(
  rows: Map<string, Counted<Row>>,
  row: Omit<Row, "count">,
  ...key: readonly (string | number | boolean)[]
): void {
  const text = key.join(SEPARATOR);
  const known = rows.get(text);
  if (known === undefined) rows.set(text, { ...row, count: 1 } as Counted<Row>);
  else known.count += 1;
}
