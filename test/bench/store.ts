/**
 * Measures the store alone: write rates, database size and query times of SQLite in this process, and with --postgres also those of
 * PostgreSQL, which it starts, with several writers in processes of their own.
 *   npm run bench:store -- [--turns 3] [--exchanges 300000] [--samples 20000] [--growth 1000000] [--growth-minutes 60]
 *     [--synthetic 100000000 (0: none)] [--endpoints 200] [--sets 50] [--minutes 60] [--postgres] [--out FILE]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { Run } from "../../src/model/run.ts";
import { Committer } from "../../src/store/committer.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { RUN } from "../store/store-fixture.ts";
import { startPostgres } from "../tools/start-postgres.ts";
import { type BenchStore, openPostgresBench, openSqliteBench, STORE_OPTIONS } from "./bench-store.ts";
import { goalsTable, judge, shown, type JudgedGoal } from "./goals.ts";
import { writeResults } from "./machine.ts";
import { readNumbers } from "./settings.ts";
import { spreadOf, type Spread } from "./statistics.ts";
import { growthTable, measureGrowth, measureWriters, type WriterFigures, writersTable } from "./store-postgres.ts";
import {
  comparedIn,
  type Duration,
  fillSynthetic,
  timeQueries,
  type QueryTime,
  type Synthetic,
} from "./store-synthetic.ts";
import { trafficBatches, type Traffic } from "./store-traffic.ts";
import { table } from "./table.ts";

const BYTES_PER_MB = 1024 * 1024;
const MS_PER_SECOND = 1_000;
const MILLION = 1_000_000;
/** Endpoints of a medium-sized service. */
const SERVICE_ENDPOINTS = 50;
/** Enough endpoints that each sample shows a difference with fewer than ten samples. */
const SAMPLED_ENDPOINTS = 200;
const SAMPLES_PER_DIFFERENCE = 10;
const QUERY_LIMIT_MS = 50;
const FIRST_REPORT_LIMIT_MS = 100;
const FIRST_REPORTS = 3;

const POSTGRES_QUERY_LIMIT_MS = 100;
const WRITERS = [1, 2, 4, 8];
const MOST_WRITERS = 8;
/** Of a small server; its commits are on disk before they are reported. */
const SERVER_SETTINGS = { shared_buffers: "512MB", max_wal_size: "4GB" };

/** Batches with which a committer does not wait for its tick. */
const FULL = 500;

interface Commits {
  readonly seconds: number;
  readonly longestMs: number;
  readonly fileMb: number;
}

function fail(what: string): never {
  throw new Error(`the store could not commit: ${what}`);
}

/** Commits batches into a new database as a store thread with a queue does. */
async function commitAll(path: string, run: Run, batches: Iterable<ResultBatch>): Promise<Commits> {
  let longest = 0;
  const committer = new Committer<null>({
    run,
    open: async () => openSqliteWriter(path, STORE_OPTIONS),
    now: () => performance.now(),
    wallClock: () => Date.now(),
    onSettled: () => {},
    onStateChange: (error) => (error === null ? undefined : fail(error)),
    onCommit: (_, seconds) => (longest = Math.max(longest, seconds)),
    onFailure: () => {},
    onLoss: (exchanges) => fail(`${exchanges} exchanges lost`),
    onImbalance: () => fail("the counts do not add up"),
    onFileLost: () => fail("the file is gone"),
    onRulesChange: () => {},
  });
  const began = performance.now();
  for (const batch of batches) {
    committer.add(batch, null);
    if (committer.pending >= FULL) await committer.tick();
  }
  await committer.close();
  const seconds = (performance.now() - began) / MS_PER_SECOND;
  return { seconds, longestMs: longest * MS_PER_SECOND, fileMb: statSync(path).size / BYTES_PER_MB };
}

interface Rate {
  readonly name: string;
  readonly perSecond: Spread;
  readonly longestMs: number;
}

/** @returns exchanges committed per second; creating the batches is not timed */
async function rateOf(name: string, folder: string, run: Run, turns: number, traffic: Traffic): Promise<Rate> {
  const batches = [...trafficBatches(traffic)];
  const results: Commits[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const path = join(folder, "rate.db");
    results.push(await commitAll(path, run, batches));
    rmSync(path);
  }
  return {
    name,
    perSecond: spreadOf(results.map(({ seconds }) => traffic.exchanges / seconds)),
    longestMs: Math.max(...results.map(({ longestMs }) => longestMs)),
  };
}

function rateGoal({ name, perSecond: { median, min, max } }: Rate, limit: number): JudgedGoal {
  return judge({ name: `${name}, per second`, is: "at least", limit }, median, [min, max]);
}

function queryLines(queries: readonly QueryTime[]): string {
  const rows = queries.map(({ name, firstMs, firstCpuMs, ms, cpuMs }) => [
    name,
    ...[firstMs, firstCpuMs, ms.median, ms.min, ms.max, cpuMs].map(shown),
  ]);
  return table([["ms", "first", "its CPU", "median", "min", "max", "CPU"], ...rows]);
}

function firstReportGoal(name: string, all: readonly number[]): JudgedGoal {
  const { median, min, max } = spreadOf(all);
  return judge({ name, is: "at most", limit: FIRST_REPORT_LIMIT_MS }, median, [min, max]);
}

/** The first report of several processes, and its CPU. */
function firstReportGoals(path: string, run: Run): readonly JudgedGoal[] {
  const script = join(import.meta.dirname, "first-report.ts");
  const times = Array.from({ length: FIRST_REPORTS }, () => {
    const text = execFileSync(process.execPath, [script, path, JSON.stringify(run)], { encoding: "utf8" });
    return JSON.parse(text) as Duration;
  });
  const goal = "SQLite: first report of a process";
  return [
    firstReportGoal(
      `${goal}, ms`,
      times.map(({ ms }) => ms),
    ),
    firstReportGoal(
      `${goal}, ms of CPU`,
      times.map(({ cpuMs }) => cpuMs),
    ),
  ];
}

/** Fills a database with counts and times its queries. @returns the duration of each query */
async function askSynthetic(store: BenchStore, run: Run, synthetic: Synthetic): Promise<readonly QueryTime[]> {
  const began = performance.now();
  await fillSynthetic(store, synthetic);
  const seconds = (performance.now() - began) / MS_PER_SECOND;
  const queries = await timeQueries(store, run, synthetic);
  const { endpoints, sets, minutes } = synthetic;
  console.log(
    `\n${store.engine}: ${(await comparedIn(store, run)).toLocaleString("en")} counted exchanges of ${endpoints} endpoints × ` +
      `${sets} sets × ${minutes} minutes: ${shown((await store.bytes()) / BYTES_PER_MB)} MB, written in ${shown(seconds)} s\n` +
      queryLines(queries),
  );
  await store.close();
  return queries;
}

function queryGoals(engine: string, queries: readonly QueryTime[], limit: number): readonly JudgedGoal[] {
  return queries.flatMap(({ name, ms: { median, min, max }, cpuMs }) => [
    judge({ name: `${engine}: ${name}, ms`, is: "at most", limit }, median, [min, max]),
    // Of the reports, also what other programs do not change.
    ...(name.startsWith("report")
      ? [judge({ name: `${engine}: ${name}, ms of CPU`, is: "at most", limit }, cpuMs)]
      : []),
  ]);
}

/** @returns what was measured of PostgreSQL */
async function benchPostgres(run: Run, synthetic: Synthetic) {
  const server = await startPostgres({ isDurable: true, settings: SERVER_SETTINGS });
  try {
    const { exchanges, samples, growth } = numbers;
    const { until } = synthetic;
    const traffic = { batchSize: 25, endpoints: SERVICE_ENDPOINTS, minutes: 5, until, samples: 0 };
    const writers: WriterFigures[] = [];
    for (const count of WRITERS)
      writers.push(await measureWriters(server, run, { writers: count, exchanges, traffic }));
    const kept = { ...traffic, endpoints: SAMPLED_ENDPOINTS, samples: SAMPLES_PER_DIFFERENCE, allDiffer: true };
    const sampled = await measureWriters(server, run, { writers: 1, exchanges: samples, traffic: kept });
    console.log(
      `\nPostgreSQL: exchanges\n${writersTable(writers)}\n\nkept as samples of 1 KB\n${writersTable([sampled])}`,
    );
    const grown = await measureGrowth(server, run, {
      ...traffic,
      exchanges: growth,
      minutes: numbers["growth-minutes"],
    });
    console.log(`\nPostgreSQL: ${growthTable(grown)}`);
    const store = synthetic.exchanges === 0 ? undefined : await openPostgresBench(server, run, MOST_WRITERS);
    const queries = store === undefined ? [] : await askSynthetic(store, run, synthetic);
    return { writers, sampled, grown, queries };
  } finally {
    await server.remove();
  }
}

async function bench(folder: string): Promise<void> {
  const until = Date.now();
  const run: Run = { ...RUN, startedAt: until };
  const { turns, exchanges, samples, growth, synthetic, endpoints, sets, minutes } = numbers;
  const counted = { exchanges, endpoints: SERVICE_ENDPOINTS, minutes: 5, until, samples: 0 };
  const kept = { exchanges: samples, endpoints: SAMPLED_ENDPOINTS, minutes: 5, until, allDiffer: true };
  const rates = [
    await rateOf("counted, batches of 25", folder, run, turns, { ...counted, batchSize: 25 }),
    await rateOf("counted, batches of 200", folder, run, turns, { ...counted, batchSize: 200 }),
    await rateOf("kept as samples of 1 KB, batches of 25", folder, run, turns, {
      ...kept,
      batchSize: 25,
      samples: SAMPLES_PER_DIFFERENCE,
    }),
  ];
  const rows = rates.map(({ name, perSecond: { median, min, max }, longestMs }) => [
    name,
    ...[median, min, max, longestMs].map(shown),
  ]);
  console.log(table([["per second", "median", "min", "max", "longest commit ms"], ...rows]));
  const grown: Traffic = {
    exchanges: growth,
    endpoints: SERVICE_ENDPOINTS,
    batchSize: 25,
    until,
    samples: 0,
    minutes: numbers["growth-minutes"],
  };
  const { fileMb } = await commitAll(join(folder, "growth.db"), run, trafficBatches(grown));
  const mbPerMillion = (fileMb * MILLION) / growth;
  console.log(
    `\n${growth.toLocaleString("en")} exchanges of ${SERVICE_ENDPOINTS} endpoints in ${grown.minutes} minutes: ` +
      `${shown(fileMb)} MB, ${shown(mbPerMillion)} MB per million`,
  );
  const filled = { exchanges: synthetic, endpoints, sets, minutes, until };
  const syntheticPath = join(folder, "synthetic.db");
  const ofSqlite = async (): Promise<readonly QueryTime[]> =>
    askSynthetic(await openSqliteBench(syntheticPath, run), run, filled);
  const queries = synthetic === 0 ? [] : await ofSqlite();
  const postgres = withPostgres ? await benchPostgres(run, filled) : null;
  const limits = [30_000, 30_000, 5_000];
  const goals = [
    ...rates.map((rate, index) => rateGoal(rate, limits[index] as number)),
    ...queryGoals("SQLite", queries, QUERY_LIMIT_MS),
    ...(synthetic === 0 ? [] : firstReportGoals(syntheticPath, run)),
    ...queryGoals("PostgreSQL", postgres?.queries ?? [], POSTGRES_QUERY_LIMIT_MS),
  ];
  console.log(`\n${goalsTable(goals)}`);
  writeResults(texts["out"], { settings: numbers, rates, mbPerMillion, queries, postgres, goals });
}

const POSTGRES_FLAG = "--postgres";
const args = process.argv.slice(2);
const withPostgres = args.includes(POSTGRES_FLAG);
const { numbers, texts } = readNumbers(
  {
    turns: 3,
    exchanges: 300_000,
    samples: 20_000,
    growth: MILLION,
    "growth-minutes": 60,
    synthetic: 100 * MILLION,
    endpoints: 200,
    sets: 50,
    minutes: 60,
  },
  ["out"],
  args.filter((argument) => argument !== POSTGRES_FLAG),
);
const folder = mkdtempSync(join(tmpdir(), "bench-store-"));
try {
  await bench(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
