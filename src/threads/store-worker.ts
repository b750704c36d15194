import type { MessagePort } from "node:worker_threads";
import * as workerThreads from "node:worker_threads";
import { lowerThreadPriority } from "../lib/thread-priority.ts";
import { Committer } from "../store/committer.ts";
import { openSqliteWriter } from "../store/sqlite/write/sqlite-writer.ts";
import { createStoreMetrics } from "../telemetry/store-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import type { CompareToStore, MainToStore, StoreData, StoreReply, StoreToMain } from "./thread-messages.ts";

/** The store thread, the only writer: takes results from compare threads, commits them, and confirms them. */

const COMMIT_EVERY_MS = 250;
const METRICS_EVERY_MS = 1_000;

const { config, run } = workerThreads.workerData as StoreData;
const main = workerThreads.parentPort as MessagePort;
const { path, retention } = config.store;
const compares = new Set<MessagePort>();
const registry = new Registry();
const metrics = createStoreMetrics(registry, () => committer.pending);

const committer = new Committer<MessagePort>({
  run,
  open: () => openSqliteWriter(path, { ...config.compare, retention }),
  now: () => performance.now(),
  wallClock: () => Date.now(),
  onSettled: (port, ids) => port.postMessage({ type: "settled", ids } satisfies StoreReply),
  onStateChange: (error) => tell({ type: "state", error }),
  onRulesChange: (rules) => tell({ type: "rules", rules }),
  onCommit(batches, seconds) {
    metrics.committed(batches, seconds);
    tell({ type: "committed" });
  },
  onFailure: () => metrics.failed(),
  onLoss: (exchanges) => metrics.lost(exchanges),
});

lowerThreadPriority();
observeThread(registry, workerThreads.threadName ?? "store");
committer.tick();
const commits = setInterval(() => committer.tick(), COMMIT_EVERY_MS);
const pushes = setInterval(() => void pushMetrics(), METRICS_EVERY_MS);

main.on("message", (message: MainToStore) => {
  switch (message.type) {
    case "compare":
      return joinCompare(message.port);
    case "run":
      return committer.updateRun(message.run);
    case "edit":
      return tell({ type: "answered", id: message.id, error: committer.edit(message.edit) });
    case "switch-run":
      return tell({ type: "answered", id: message.id, error: committer.switchRun(message.run, message.endedAt) });
    case "close":
      return close();
  }
});

function joinCompare(port: MessagePort): void {
  compares.add(port);
  port.on("close", () => compares.delete(port));
  port.on("message", (batch: CompareToStore) => committer.add(batch, port));
}

function close(): void {
  clearInterval(commits);
  clearInterval(pushes);
  // What was sent before may still stand in a port's queue.
  for (const port of compares) {
    for (let next = receive(port); next !== undefined; next = receive(port)) committer.add(next, port);
  }
  committer.close();
  void pushMetrics().finally(() => tell({ type: "closed" }));
}

function receive(port: MessagePort): CompareToStore | undefined {
  const received: { message: CompareToStore } | undefined = workerThreads.receiveMessageOnPort(port);
  return received?.message;
}

async function pushMetrics(): Promise<void> {
  tell({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

function tell(message: StoreToMain): void {
  main.postMessage(message);
}
