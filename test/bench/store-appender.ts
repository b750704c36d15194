/** One replica of the benchmark of PostgreSQL, in a process of its own: appends batches to its log as fast as the database takes them. */
import type { ResultBatch } from "../../src/model/batch.ts";
import type { Run } from "../../src/model/run.ts";
import { closeSession } from "../../src/store/postgres/connect/connection.ts";
import { inTransaction } from "../../src/store/postgres/connect/transaction.ts";
import { appendBatches } from "../../src/store/postgres/write/append.ts";
import { joinRun } from "../../src/store/postgres/write/run-transactions.ts";
import { openBenchSession } from "./bench-store.ts";
import { type Traffic, trafficBatches } from "./store-traffic.ts";

export interface AppenderTask {
  readonly url: string;
  readonly run: Run;
  readonly name: string;
  /** Repeated, with other ids, until `exchanges` are appended. */
  readonly traffic: Traffic;
  readonly exchanges: number;
  readonly batchesPerCommit: number;
}

export interface AppenderResult {
  readonly exchanges: number;
  readonly longestMs: number;
  /** CPU of this process while it appends. */
  readonly cpuSeconds: number;
}

async function append({ url, run, name, traffic, exchanges, batchesPerCommit }: AppenderTask): Promise<void> {
  const batches = [...trafficBatches(traffic)];
  const session = await openBenchSession(url, name);
  const joined = await inTransaction(session, () => joinRun(session, { id: name, name }, run));
  process.send?.("ready");
  await new Promise((resolve) => process.once("message", resolve));
  const before = process.cpuUsage();
  let [sent, longestMs] = [0, 0];
  while (sent * traffic.batchSize < exchanges) {
    const some = Array.from({ length: batchesPerCommit }, (_, index): ResultBatch => {
      const number = sent + index;
      return { ...(batches[number % batches.length] as ResultBatch), id: `${name}-${number}` };
    });
    const began = performance.now();
    await inTransaction(session, () => appendBatches(session, joined, some));
    longestMs = Math.max(longestMs, performance.now() - began);
    sent += batchesPerCommit;
  }
  const { user, system } = process.cpuUsage(before);
  closeSession(session);
  const result: AppenderResult = { exchanges: sent * traffic.batchSize, longestMs, cpuSeconds: (user + system) / 1e6 };
  process.send?.(result);
  process.disconnect?.();
}

process.once("message", (task) => void append(task as AppenderTask));
