import { slotStart } from "../../src/lib/time-slots.ts";
import type { PacingCount } from "../../src/model/batch.ts";
import type { FeatureCount, StatusPairCount } from "../../src/model/difference.ts";
import type { LatencySeries } from "../../src/model/latency.ts";
import { endOf, planBlocks } from "../../src/store/block-layout.ts";
import type { BucketCounts, LatencyHistograms, OutcomeRow, PerEndpoint, TimeBlock } from "../../src/store/store.ts";

/** A row that counts for the blocks if its slot is known, and for the totals in any case. */
export type Timed<Row> = Row & { readonly slot?: number | undefined };

export interface HistogramRow {
  readonly route: string;
  readonly endpoint: string;
  readonly series: LatencySeries;
  readonly bucket: number;
  readonly count: number;
}

/** The counts of one candidate. */
export interface TimedRows {
  readonly outcomes: readonly Timed<OutcomeRow>[];
  readonly statuses: readonly Timed<StatusPairCount>[];
  readonly latencies: readonly Timed<HistogramRow>[];
  readonly features: readonly Timed<FeatureCount>[];
  readonly pacing: readonly PacingCount[];
}

/** The time blocks of each endpoint, as a store builds them. */
export function timeBlocks(rows: TimedRows): PerEndpoint<readonly TimeBlock[]>[] {
  const own = {
    outcomes: rows.outcomes.filter(isTimed),
    statuses: rows.statuses.filter(isTimed),
    latencies: rows.latencies.filter(isTimed),
    features: rows.features.filter(isTimed),
    pacing: rows.pacing.filter(isTimed),
  };
  const all = [...own.outcomes, ...own.statuses, ...own.latencies, ...own.features, ...own.pacing];
  return byEndpoint(all).map(({ route, endpoint, rows: ofEndpoint }) => {
    const slots = [...new Set(ofEndpoint.map(({ slot }) => slot))].toSorted((a, b) => a - b);
    const blocks = planBlocks([], slots).map((block): TimeBlock => {
      const isWithin = (row: (typeof all)[number]): boolean =>
        row.route === route && row.endpoint === endpoint && row.slot >= block.first && row.slot < endOf(block);
      return {
        startedAt: slotStart(block.first),
        endsAt: slotStart(endOf(block)),
        outcomes: sumOutcomes(own.outcomes.filter(isWithin)),
        statuses: sumRows(
          own.statuses.filter(isWithin),
          ({ role, primary, other }) => [role, primary, other],
          addCount,
        ),
        latencies: histogramsOf(own.latencies.filter(isWithin)),
        features: sumRows(
          own.features.filter(isWithin),
          ({ section, path, feature }) => [section, path, feature],
          addSides,
        ),
        backToBack: own.pacing.filter(isWithin).reduce((sum, { backToBack }) => sum + backToBack, 0),
      };
    });
    return { route, endpoint, rows: blocks };
  });
}

/** Adds up the rows of equal sets of fields. Equal sets share one list of fields, as those of a store do. */
export function sumOutcomes(rows: readonly Timed<OutcomeRow>[]): OutcomeRow[] {
  return sumRows(rows, outcomeKey, addCount).map((row) => ({ ...row, fields: sharedFields(row.fields) }));
}

function outcomeKey({ paired, overflow, beyondCap, fields }: OutcomeRow): readonly unknown[] {
  return [paired, overflow, beyondCap, fields];
}

const shared = new Map<string, OutcomeRow["fields"]>();

function sharedFields(fields: OutcomeRow["fields"]): OutcomeRow["fields"] {
  const text = JSON.stringify(fields);
  const known = shared.get(text) ?? fields;
  shared.set(text, known);
  return known;
}

/** Adds up rows with equal keys of one endpoint, in the order in which they first occur. */
function sumRows<Row extends object>(
  rows: readonly Timed<Row & { readonly route: string; readonly endpoint: string }>[],
  keyOf: (row: Row) => readonly unknown[],
  sum: (one: Row, other: Row) => Row,
): Row[] {
  const sums = new Map<string, Row>();
  for (const { slot: _, ...rest } of rows) {
    const row = rest as unknown as Row & { readonly route: string; readonly endpoint: string };
    const key = JSON.stringify([row.route, row.endpoint, ...keyOf(row)]);
    const known = sums.get(key);
    sums.set(key, known === undefined ? row : sum(known, row));
  }
  return [...sums.values()];
}

function addCount<Row extends { readonly count: number }>(one: Row, other: Row): Row {
  return { ...one, count: one.count + other.count };
}

function addSides(one: FeatureCount, other: FeatureCount): FeatureCount {
  return {
    ...one,
    candidateOnly: one.candidateOnly + other.candidateOnly,
    secondaryOnly: one.secondaryOnly + other.secondaryOnly,
  };
}

function isTimed<Row extends object>(row: Timed<Row>): row is Row & { readonly slot: number } {
  return row.slot !== undefined;
}

/** Groups rows as a store does. */
export function byEndpoint<Row extends { readonly route: string; readonly endpoint: string }>(
  rows: readonly Row[],
): PerEndpoint<readonly Row[]>[] {
  return [...Map.groupBy(rows, ({ route, endpoint }) => JSON.stringify([route, endpoint])).values()].flatMap((own) =>
    own.slice(0, 1).map(({ route, endpoint }) => ({ route, endpoint, rows: own })),
  );
}

/** Counts by bucket. */
export function bucketCounts(rows: readonly { readonly bucket: number; readonly count: number }[]): BucketCounts {
  const counts = [...Map.groupBy(rows, ({ bucket }) => bucket)]
    .map(([bucket, own]) => [bucket, own.reduce((sum, { count }) => sum + count, 0)] as const)
    .filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => a - b);
  return { buckets: counts.map(([bucket]) => bucket), counts: counts.map(([, count]) => count) };
}

/** Sums latencies as a store does. */
export function histogramsOf(rows: readonly Pick<HistogramRow, "series" | "bucket" | "count">[]): LatencyHistograms {
  const of = (name: LatencySeries): BucketCounts => bucketCounts(rows.filter(({ series }) => series === name));
  return {
    primary: of("primary"),
    candidate: of("candidate"),
    secondary: of("secondary"),
    ratio: of("ratio"),
    bias: of("bias"),
    twin: of("twin"),
  };
}
