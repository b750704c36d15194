import { bucketOf, fineBucketOf } from "../../src/lib/log-buckets.ts";
import { SLOTS_PER_MINUTE } from "../../src/lib/time-slots.ts";
import type { InSlot, ResultBatch } from "../../src/model/batch.ts";
import type { DifferingField, OutcomeCount, RelationCount, StatusPairCount } from "../../src/model/difference.ts";
import type { LatencyCount, LatencySeries } from "../../src/model/latency.ts";
import type { Run } from "../../src/model/run.ts";
import type { ReportContext } from "../../src/report/read-counts.ts";
import { latencyView } from "../../src/report/latency-view.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import type { StoreReader } from "../../src/store/store.ts";
import { batch } from "../store/store-fixture.ts";
import type { BenchStore } from "./bench-store.ts";
import { spreadOf, type Spread } from "./statistics.ts";
import { resourceOf, trafficBatches } from "./store-traffic.ts";

/** Describes a database of many counted exchanges, filled with counters instead of exchanges. */
export interface Synthetic {
  readonly exchanges: number;
  readonly endpoints: number;
  /** Distinct sets of differing fields per endpoint, including the empty set. */
  readonly sets: number;
  readonly minutes: number;
  /** Unix milliseconds. */
  readonly until: number;
}

const CANDIDATE = "v2";
const MS_PER_MINUTE = 60_000;
const MICROSECONDS = 1_000;
const DURATIONS: readonly LatencySeries[] = ["primary", "candidate", "secondary"];
const RATIOS: readonly LatencySeries[] = ["ratio", "bias", "twin"];
/** Adjacent buckets per endpoint and minute, 4% wide for durations and 0.25% wide for ratios. */
const BUCKETS = 30;
const FINE_BUCKETS = 300;
const SAMPLES_EACH = 10;
const MOST_RUNS = 5;
/** A slow query is not repeated beyond this time. */
const ENOUGH_MS = 5_000;

/** Fills a new database, one transaction per minute. */
export async function fillSynthetic(store: BenchStore, synthetic: Synthetic): Promise<void> {
  const { endpoints, minutes, until } = synthetic;
  const firstMinute = Math.floor(until / MS_PER_MINUTE) - minutes;
  for (let index = 0; index < minutes; index += 1) await store.count(minuteBatch(synthetic, firstMinute + index));
  const kept = { exchanges: endpoints * 10 * SAMPLES_EACH, batchSize: 200, endpoints, minutes, until };
  for (const { id, samples } of trafficBatches({ ...kept, samples: SAMPLES_EACH, allDiffer: true })) {
    await store.count(batch(id, { samples }));
  }
  await store.count(ofWholeRun(synthetic));
}

function minuteBatch({ exchanges, endpoints, sets, minutes }: Synthetic, minute: number): ResultBatch {
  const ofEndpoint = exchanges / minutes / endpoints;
  const outcomes: OutcomeCount[] = [];
  const latencies: LatencyCount[] = [];
  for (let index = 0; index < endpoints; index += 1) {
    const of = { slot: minute * SLOTS_PER_MINUTE, ...placeOf(index) };
    for (let set = 0; set < sets; set += 1) {
      const own = atLeastOne(ofEndpoint / sets);
      outcomes.push({ ...of, ...setOf(set), count: own, queries: new Map([["page", own]]) });
    }
    const add = (series: LatencySeries, lowest: number, buckets: number): void => {
      for (let step = 0; step < buckets; step += 1) {
        latencies.push({ ...of, series, bucket: lowest + step, count: atLeastOne(ofEndpoint / buckets) });
      }
    };
    for (const series of DURATIONS) add(series, bucketOf(3), BUCKETS);
    for (const series of RATIOS) add(series, fineBucketOf(0.7), FINE_BUCKETS);
  }
  const count = outcomes.reduce((sum, outcome) => sum + outcome.count, 0);
  const all = { minute, candidate: CANDIDATE, reason: "", count } as const;
  const accounting = (["received", "mirrored"] as const).map((fate) => ({ ...all, fate }));
  return batch(`minute-${minute}`, { accounting, outcomes, latencies });
}

/** Returns the counts that are not kept per minute. */
function ofWholeRun({ exchanges, endpoints, sets, until }: Synthetic): ResultBatch {
  const slot = Math.floor(until / MS_PER_MINUTE) * SLOTS_PER_MINUTE;
  const statuses: InSlot<StatusPairCount>[] = [];
  const relations: RelationCount[] = [];
  for (let index = 0; index < endpoints; index += 1) {
    const of = placeOf(index);
    const count = atLeastOne(exchanges / endpoints);
    for (const role of ["candidate", "secondary"] as const)
      statuses.push({ ...of, slot, role, primary: 200, other: 200, count });
    for (let number = 1; number < sets; number += 3) {
      relations.push({ ...of, ...valueOf(number), relation: "rounding", count: atLeastOne(count / sets) });
    }
  }
  return batch("whole-run", { relations, statuses });
}

function placeOf(index: number): Pick<OutcomeCount, "route" | "endpoint" | "candidate"> {
  return { route: "default", endpoint: `GET ${resourceOf(index)}/{id}`, candidate: CANDIDATE };
}

/** Returns the outcomes: the first is a match, the others have one differing field, and every second one a noise field. */
function setOf(set: number): Pick<OutcomeCount, "fields" | "overflow" | "paired"> {
  const raw = set === 0 ? [] : [valueOf(set)];
  const noise = set === 0 || set % 2 === 1 ? [] : [{ ...valueOf(set + 1), mark: "noise" as const }];
  return { fields: [...raw, ...noise], overflow: false, paired: true };
}

export interface QueryTime {
  readonly name: string;
  /** Milliseconds of the first run of a reader, which has nothing in its memory. */
  readonly firstMs: number;
  /** Milliseconds of the later runs. */
  readonly ms: Spread;
  /** Milliseconds of CPU of the thread that asks, of the first run and the median of the later ones: other programs do not matter. */
  readonly firstCpuMs: number;
  readonly cpuMs: number;
}

/** Times every query of the report and the dashboard. */
export async function timeQueries(store: BenchStore, run: Run, synthetic: Synthetic): Promise<readonly QueryTime[]> {
  let batches = 0;
  const countOn = async (endpoints: number): Promise<void> => {
    batches += 1;
    const minute = Math.floor(synthetic.until / MS_PER_MINUTE) - 1;
    await store.count({ ...minuteBatch({ ...synthetic, endpoints }, minute), id: `on-${batches}` });
  };
  const times: QueryTime[] = [];
  for (const [name, query, share = 0] of QUERIES) {
    const changing = Math.ceil(share * synthetic.endpoints);
    const time = await timeQuery(store, name, {
      change: async () => (changing === 0 ? undefined : await countOn(changing)),
      ask: (reader) => query(reader, run),
    });
    times.push(time);
  }
  return times;
}

/** @param work of which only `ask` is timed */
async function timeQuery(
  store: BenchStore,
  name: string,
  { change, ask }: { readonly change: () => Promise<void>; readonly ask: (reader: StoreReader) => Promise<unknown> },
): Promise<QueryTime> {
  const reader = await store.openReader();
  try {
    const first = await timed(() => ask(reader));
    const times: Duration[] = [];
    let spent = first.ms;
    do {
      await change();
      const time = await timed(() => ask(reader));
      times.push(time);
      spent += time.ms;
    } while (times.length < MOST_RUNS && spent < ENOUGH_MS);
    const cpu = spreadOf(times.map(({ cpuMs }) => cpuMs));
    return {
      name,
      firstMs: first.ms,
      firstCpuMs: first.cpuMs,
      ms: spreadOf(times.map(({ ms }) => ms)),
      cpuMs: cpu.median,
    };
  } finally {
    await reader.close();
  }
}

/** Returns the compared exchanges according to the report, to check the database. */
export async function comparedIn(store: BenchStore, run: Run): Promise<number> {
  const reader = await store.openReader();
  const { accounting } = await buildReport(reader, run, CANDIDATE, contextOf());
  await reader.close();
  return accounting.compared;
}

/** The report of a reader that has read nothing, as the first one of a process. */
export async function timeFirstReport(reader: StoreReader, run: Run): Promise<Duration> {
  return timed(() => report(reader, run));
}

function contextOf(): ReportContext {
  return { now: Date.now(), cache: new HistoryCache(0) };
}

const ENDPOINT = `GET ${resourceOf(7)}/{id}`;
const LIMIT = 100;

type Query = (reader: StoreReader, run: Run) => Promise<unknown>;

const report: Query = (reader, run) => buildReport(reader, run, CANDIDATE, contextOf());

/** The share is the part of the endpoints that receives new counts before each run. */
const QUERIES: readonly (readonly [name: string, query: Query, share?: number])[] = [
  ["report", report],
  ["report, a tenth of the endpoints updated", report, 0.1],
  ["report, all endpoints updated", report, 1],
  ["runs", (reader) => reader.runs()],
  ["accounting", (reader, run) => reader.accounting(run.id, CANDIDATE)],
  ["outcomes", (reader, run) => reader.outcomes(run.id, CANDIDATE)],
  ["latencies", (reader, run) => reader.latencies(run.id, CANDIDATE)],
  ["latency screen, all endpoints", (reader, run) => latencyView(reader, run, CANDIDATE)],
  ["latency screen, one endpoint", (reader, run) => latencyView(reader, run, CANDIDATE, ENDPOINT)],
  ["samples", (reader, run) => reader.samples(run.id, CANDIDATE, { limit: LIMIT })],
  ["samples of an endpoint", (reader, run) => reader.samples(run.id, CANDIDATE, { endpoint: ENDPOINT, limit: LIMIT })],
  [
    "samples of a difference",
    (reader, run) =>
      reader.samples(run.id, CANDIDATE, { endpoint: ENDPOINT, section: "body", path: "$.field3", limit: LIMIT }),
  ],
  [
    "samples of a path without samples",
    (reader, run) => reader.samples(run.id, CANDIDATE, { path: "$.nowhere", limit: LIMIT }),
  ],
  ["one sample", (reader, run) => reader.sample(run.id, "exchange-7", CANDIDATE)],
];

export interface Duration {
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed(work: () => Promise<unknown>): Promise<Duration> {
  const [began, before] = [performance.now(), process.threadCpuUsage()];
  await work();
  const ms = performance.now() - began;
  const { user, system } = process.threadCpuUsage(before);
  return { ms, cpuMs: (user + system) / MICROSECONDS };
}

function valueOf(number: number): DifferingField {
  return { section: "body", path: `$.field${number}`, kind: "value", mark: "raw" };
}

function atLeastOne(count: number): number {
  return Math.max(1, Math.round(count));
}
