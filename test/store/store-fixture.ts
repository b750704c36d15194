import { sampleDraw } from "../../src/lib/stable-draw.ts";
import { SLOTS_PER_MINUTE } from "../../src/lib/time-slots.ts";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { DifferingField, DifferenceMark, OutcomeCount } from "../../src/model/difference.ts";
import type { AttributeRecord } from "../../src/model/explain/attribute.ts";
import type { LatencyCount, LatencySeries } from "../../src/model/latency.ts";
import type { Sample, SampleLeg } from "../../src/model/sample.ts";
import type { Run } from "../../src/model/run.ts";
import type { LatencyHistograms, LatencyMinute, PerEndpoint } from "../../src/store/store.ts";
import type { SqliteWriterOptions } from "../../src/store/sqlite/write/sqlite-writer.ts";

/** 20 November 2026, 10:00 UTC, in Unix milliseconds and in minutes. */
export const NOON = Date.UTC(2026, 10, 20, 10);
export const MINUTE = NOON / 60_000;
/** The first slot of that minute. */
export const SLOT = MINUTE * SLOTS_PER_MINUTE;

export const RUN: Run = {
  id: "2026-11-20T10-00-00-ab12",
  name: "calculator 2",
  startedAt: NOON,
  endedAt: null,
  labels: { commit: "3f2a" },
  primary: "v1",
  candidates: ["v2", "v3"],
  secondary: "v1-twin",
  gate: {
    parity: 0.999,
    latencyRatio: 1.1,
    minCompared: 1000,
    errorRate: 0.01,
    minSuccess: 0.5,
    minEndpoints: 1,
    coverage: [],
    endpoints: [],
  },
  rules: [],
};

export const OPTIONS: SqliteWriterOptions = {
  maxEndpoints: 100,
  maxSegmentValues: 0,
  maxDifferenceSets: 100,
  samplesPerDifference: 2,
  retention: { maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 1024 * 1024 * 1024 },
};

export function batch(id: string, parts: Partial<ResultBatch> = {}): ResultBatch {
  return {
    id,
    accounting: [],
    outcomes: [],
    latencies: [],
    relations: [],
    statuses: [],
    ruleHits: [],
    failures: [],
    features: [],
    pacing: [],
    slow: [],
    attributes: [],
    samples: [],
    ...parts,
  };
}

export function field(path: string, mark: DifferenceMark = "raw"): DifferingField {
  return { section: "body", path, kind: "value", mark };
}

export function outcome(parts: Partial<OutcomeCount> = {}): OutcomeCount {
  return {
    slot: SLOT,
    route: "default",
    endpoint: "GET /users/{id}",
    candidate: "v2",
    paired: false,
    fields: [],
    overflow: false,
    count: 1,
    queries: new Map(),
    ...parts,
  };
}

export function latency(parts: Partial<LatencyCount> = {}): LatencyCount {
  return {
    slot: SLOT,
    route: "default",
    endpoint: "GET /users/{id}",
    candidate: "v2",
    series: "primary",
    bucket: 40,
    count: 1,
    ...parts,
  };
}

export function received(count: number, parts: Partial<AccountingCount> = {}): AccountingCount {
  return { minute: MINUTE, candidate: "v2", fate: "received", reason: "", count, ...parts };
}

export function attributes(id: string, parts: Partial<AttributeRecord> = {}): AttributeRecord {
  return {
    id,
    at: NOON,
    route: "default",
    endpoint: "GET /users/{id}",
    candidate: "v2",
    stratum: "",
    draw: sampleDraw(id),
    limit: 1,
    paired: false,
    fields: [],
    attributes: [{ source: "query", name: "currency", value: "EUR" }],
    cut: [],
    ...parts,
  };
}

export function leg(subset: string, content = new Uint8Array([1, 0, 255])): SampleLeg {
  return {
    subset,
    failure: null,
    status: 200,
    headers: ["Content-Type", "application/json", "X-A", "1", "x-a", "2"],
    trailers: [],
    body: { form: "json", mediaType: "application/json", length: 17, truncated: false, content },
    timing: { connectMs: null, firstByteMs: 1.5, totalMs: 2.25 },
  };
}

export function sample(id: string, parts: Partial<Sample> = {}): Sample {
  return {
    id,
    at: NOON,
    route: "default",
    endpoint: "GET /users/{id}",
    candidate: "v2",
    method: "GET",
    target: "/users/7?q=%27",
    headers: ["Host", "example.org"],
    fields: [field("$.total")],
    differences: [
      {
        section: "body",
        path: "$.total",
        kind: "value",
        pointer: "/total",
        relation: "rounding",
        primary: "1",
        candidate: "2",
      },
    ],
    legs: { primary: leg("v1"), candidate: leg("v2"), secondary: null },
    ...parts,
  };
}

/** The rows of all endpoints in one list. */
export function flat<Row>(endpoints: readonly PerEndpoint<readonly Row[]>[]): readonly Row[] {
  return endpoints.flatMap(({ rows }) => rows);
}

/** One row per minute, series of durations and bucket. */
export function minuteRows(minutes: readonly LatencyMinute[]) {
  return minutes.flatMap(({ minute, series: { primary, candidate, secondary } }) =>
    countRows({ primary, candidate, secondary }).map((row) => ({ minute, ...row })),
  );
}

/** One row per endpoint, series and bucket. */
export function latencyRows(latencies: readonly PerEndpoint<LatencyHistograms>[]) {
  return latencies.flatMap(({ route, endpoint, rows }) => countRows(rows).map((row) => ({ route, endpoint, ...row })));
}

function countRows(histograms: Partial<LatencyHistograms>) {
  return Object.entries(histograms).flatMap(([series, { buckets, counts }]) =>
    buckets.map((bucket, at) => ({ series: series as LatencySeries, bucket, count: counts[at] ?? 0 })),
  );
}
