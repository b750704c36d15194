import type { Quantiles, Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import { comparedCounts } from "../../report/judge/accounting-totals.ts";
import { quantilesOf, totalOf } from "../../report/statistics/bucket-statistics.ts";
import type { PerEndpoint, TimeBlock } from "../../store/store.ts";

/** What a row of the export counts. */
export const TALLY_TABLES = ["endpoint", "field", "block"] as const;
export type TallyTable = (typeof TALLY_TABLES)[number];

/** Values by column. Without a value, the cell is empty. */
export type TallyRow = Readonly<Record<string, string | number | null | undefined>>;

const SCOPE = ["run", "candidate", "route", "endpoint"] as const;
const COUNTS = ["compared", "matched", "differed", "noise_compared"] as const;
const ROLES = ["primary", "candidate", "secondary"] as const;
const QUANTILES = ["p50", "p95", "p99"] as const;
/** Of a quantile, which is known to 4%. */
const DIGITS = 4;
/** Of each role, in milliseconds. */
const LATENCIES = ROLES.flatMap((role) => QUANTILES.map((name) => `${role}_${name}_ms`));

/** Exchanges and latency of an endpoint; parity, ratio and verdict are those of the report. */
export const ENDPOINT_COLUMNS: readonly string[] = [
  ...SCOPE,
  ...COUNTS,
  "verdict",
  "parity",
  "parity_low",
  "parity_high",
  ...LATENCIES,
  "latency_ratio",
  "latency_ratio_low",
  "latency_ratio_high",
  "primary_error_rate",
  "candidate_error_rate",
];

/** In how many exchanges a field differs: from the primary in the candidate, in the secondary (noise), and in both. */
export const FIELD_COLUMNS: readonly string[] = [
  ...SCOPE,
  "compared",
  "noise_compared",
  "section",
  "path",
  "kind",
  "relation",
  "differed",
  "noise",
  "both",
  "verdict",
  "since",
  "rule",
  "cause",
];

/** The exchanges of an endpoint whose requests arrived in one period, from `from` until before `to`. */
export const BLOCK_COLUMNS: readonly string[] = [
  ...SCOPE,
  "from",
  "to",
  ...COUNTS,
  ...ROLES.map((role) => `${role}_measured`),
  ...LATENCIES,
];

export function* endpointRows({ run, candidate, endpoints }: Report): Iterable<TallyRow> {
  for (const { route, endpoint, compared, matched, differed, noiseCompared, ...judged } of endpoints) {
    const { parity, latency, errors, verdict } = judged;
    yield {
      run: run.id,
      candidate,
      route,
      endpoint,
      compared,
      matched,
      differed,
      noise_compared: noiseCompared,
      verdict,
      parity: parity.rate,
      parity_low: parity.low,
      parity_high: parity.high,
      ...latencyCells((role) => latency[role]),
      latency_ratio: latency.ratio?.estimate,
      latency_ratio_low: latency.ratio?.low,
      latency_ratio_high: latency.ratio?.high,
      primary_error_rate: errors.primary.rate,
      candidate_error_rate: errors.candidate.rate,
    };
  }
}

export function* fieldRows({ run, candidate, endpoints }: Report): Iterable<TallyRow> {
  for (const { route, endpoint, compared, noiseCompared, differences } of endpoints) {
    for (const { section, path, kind, relation, count, noise, both, verdict, since, rule, cause } of differences) {
      yield {
        run: run.id,
        candidate,
        route,
        endpoint,
        compared,
        noise_compared: noiseCompared,
        section,
        path,
        kind,
        relation,
        differed: count,
        noise,
        both,
        verdict,
        since: since === null ? null : timeText(since),
        rule,
        cause,
      };
    }
  }
}

export function* blockRows(
  { run, candidate }: { readonly run: Run; readonly candidate: string },
  blocks: readonly PerEndpoint<readonly TimeBlock[]>[],
): Iterable<TallyRow> {
  for (const { route, endpoint, rows } of blocks) {
    for (const { startedAt, endsAt, outcomes, latencies } of rows) {
      const { compared, matched, differed, noiseCompared } = comparedCounts(outcomes);
      yield {
        run: run.id,
        candidate,
        route,
        endpoint,
        from: timeText(startedAt),
        to: timeText(endsAt),
        compared,
        matched,
        differed,
        noise_compared: noiseCompared,
        ...Object.fromEntries(ROLES.map((role) => [`${role}_measured`, totalOf(latencies[role])])),
        ...latencyCells((role) => quantilesOf(latencies[role])),
      };
    }
  }
}

function latencyCells(quantilesOfRole: (role: (typeof ROLES)[number]) => Quantiles): TallyRow {
  const cells = ROLES.flatMap((role) => {
    const quantiles = quantilesOfRole(role);
    return QUANTILES.map((name) => [`${role}_${name}_ms`, rounded(quantiles[name])] as const);
  });
  return Object.fromEntries(cells);
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Number(ms.toPrecision(DIGITS));
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
