import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { Run } from "../../src/model/run.ts";
import { closeSession } from "../../src/store/postgres/connect/connection.ts";
import { inTransaction } from "../../src/store/postgres/connect/transaction.ts";
import { appendBatches } from "../../src/store/postgres/write/append.ts";
import { joinRun } from "../../src/store/postgres/write/run-transactions.ts";
import type { Postgres } from "../tools/start-postgres.ts";
import { createMerger, createStore, openBenchSession } from "./bench-store.ts";
import { shown } from "./goals.ts";
import { cpuSecondsOf } from "./postgres-cpu.ts";
import type { AppenderResult, AppenderTask } from "./store-appender.ts";
import { type Traffic, trafficBatches } from "./store-traffic.ts";
import { table } from "./table.ts";

const MS_PER_SECOND = 1_000;
const MILLION = 1_000_000;
const BYTES_PER_MB = 1024 * 1024;
const TABLES_SHOWN = 8;
/** What a writer repeats. */
const POOL = 20_000;
/** A commit has what has arrived within a tick of 250 ms: here, of 10,000 exchanges a second. */
const EXCHANGES_PER_COMMIT = 2_500;

/** What so many writers did, and then one merger. */
export interface WriterFigures {
  readonly writers: number;
  readonly exchanges: number;
  /** Exchanges per second. */
  readonly appended: number;
  readonly merged: number;
  /** CPU microseconds per exchange. */
  readonly cpu: {
    readonly writers: number;
    readonly merger: number;
    readonly databaseAppending: number;
    readonly databaseMerging: number;
  };
  readonly longestAppendMs: number;
  readonly longestMergeMs: number;
}

/**
 * Lets several processes append, then merges. One after the other: a machine with few cores would otherwise show only how it divides
 * them.
 * @param traffic of each writer
 * @param exchanges of all writers together
 */
export async function measureWriters(
  server: Postgres,
  run: Run,
  {
    writers,
    exchanges,
    traffic,
  }: { readonly writers: number; readonly exchanges: number; readonly traffic: Omit<Traffic, "exchanges"> },
): Promise<WriterFigures> {
  const { url } = await createStore(server);
  const children = Array.from({ length: writers }, (_, index) => {
    const child = fork(join(import.meta.dirname, "store-appender.ts"));
    const task: AppenderTask = {
      url,
      run,
      name: `writer-${index}`,
      traffic: { ...traffic, exchanges: Math.min(POOL, exchanges) },
      exchanges: exchanges / writers,
      batchesPerCommit: Math.max(1, Math.round(EXCHANGES_PER_COMMIT / traffic.batchSize)),
    };
    child.send(task);
    return child;
  });
  await Promise.all(children.map(answerOf));
  const [cpuBefore, began] = [cpuSecondsOf(server), performance.now()];
  const finished = Promise.all(children.map(answerOf));
  for (const child of children) child.send("go");
  const results = (await finished) as AppenderResult[];
  const seconds = (performance.now() - began) / MS_PER_SECOND;
  const cpuBetween = cpuSecondsOf(server);
  const count = results.reduce((sum, result) => sum + result.exchanges, 0);
  const merge = await mergeAll(url);
  const perExchange = (cpuSeconds: number): number => (cpuSeconds * MILLION) / count;
  return {
    writers,
    exchanges: count,
    appended: count / seconds,
    merged: count / merge.seconds,
    cpu: {
      writers: perExchange(results.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)),
      merger: perExchange(merge.cpuSeconds),
      databaseAppending: perExchange(cpuBetween - cpuBefore),
      databaseMerging: perExchange(cpuSecondsOf(server) - cpuBetween),
    },
    longestAppendMs: Math.max(...results.map(({ longestMs }) => longestMs)),
    longestMergeMs: merge.longestMs,
  };
}

/** @throws if the process ends without a message */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`a writer ended with ${code}`)));
  const [message] = (await Promise.race([once(child, "message"), ended])) as [unknown];
  ended.catch(() => undefined);
  return message;
}

async function mergeAll(url: string): Promise<{ seconds: number; longestMs: number; cpuSeconds: number }> {
  const session = await openBenchSession(url, "merger");
  const merger = createMerger();
  const [before, began] = [process.cpuUsage(), performance.now()];
  let [longestMs, hasMore] = [0, true];
  while (hasMore) {
    const at = performance.now();
    const result = await merger.mergeOnce(session);
    hasMore = result !== "busy" && result.entriesLeft;
    longestMs = Math.max(longestMs, performance.now() - at);
  }
  const { user, system } = process.cpuUsage(before);
  closeSession(session);
  return { seconds: (performance.now() - began) / MS_PER_SECOND, longestMs, cpuSeconds: (user + system) / MILLION };
}

export function writersTable(figures: readonly WriterFigures[]): string {
  const rows = figures.map(({ writers, appended, merged, cpu, longestAppendMs, longestMergeMs }) => [
    String(writers),
    ...[
      appended,
      merged,
      cpu.writers,
      cpu.databaseAppending,
      cpu.merger,
      cpu.databaseMerging,
      longestAppendMs,
      longestMergeMs,
    ].map(shown),
  ]);
  const header = [
    "writers",
    "appended/s",
    "merged/s",
    "µs writer",
    "µs database",
    "µs merger",
    "µs database",
    "ms longest append",
    "ms longest merge",
  ];
  return table([header, ...rows]);
}

/** What remains of exchanges that several replicas have counted. */
export interface Growth {
  readonly exchanges: number;
  readonly merges: number;
  /** Bytes of the tables with their indexes, largest first. */
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
  /** Bytes of the write-ahead log. */
  readonly wal: number;
}

/** Appends and merges in steps as in operation, and measures what remains. */
export async function measureGrowth(server: Postgres, run: Run, traffic: Traffic): Promise<Growth> {
  const { url, database } = await createStore(server);
  const session = await openBenchSession(url, "growth");
  const replica = await inTransaction(session, () => joinRun(session, { id: "growth", name: "growth" }, run));
  const merger = createMerger();
  const walNow = async (): Promise<number> => Number(await server.sql("SELECT pg_current_wal_lsn() - '0/0'"));
  const before = await walNow();
  let merges = 0;
  for (const batches of chunksOf(trafficBatches(traffic), Math.round(EXCHANGES_PER_COMMIT / traffic.batchSize))) {
    await inTransaction(session, () => appendBatches(session, replica, batches));
    await merger.mergeOnce(session);
    merges += 1;
  }
  closeSession(session);
  const wal = (await walNow()) - before;
  // Those of a day have its number after an underscore.
  const sizes = await server.sql(
    `SELECT regexp_replace(relname, '_\\d+$', ''), sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 2 DESC`,
    database,
  );
  const tables = sizes.split("\n").map((line) => {
    const [name = "", bytes] = line.split("|");
    return { name, bytes: Number(bytes) };
  });
  return { exchanges: traffic.exchanges, merges, tables, wal };
}

function* chunksOf(batches: Iterable<ResultBatch>, size: number): Generator<ResultBatch[]> {
  let chunk: ResultBatch[] = [];
  for (const batch of batches) {
    if (chunk.push(batch) < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

export function growthTable({ exchanges, merges, tables, wal }: Growth): string {
  const perMillion = (bytes: number): string => shown((bytes * MILLION) / exchanges / BYTES_PER_MB);
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = tables.slice(0, TABLES_SHOWN).map(({ name, bytes }) => [name, perMillion(bytes)]);
  return table([
    ["MB per million exchanges", ""],
    ["all tables and indexes", perMillion(total)],
    ...largest,
    [`write-ahead log (${merges.toLocaleString("en")} merges, ${shown(wal / merges / 1024)} KB each)`, perMillion(wal)],
  ]);
}
