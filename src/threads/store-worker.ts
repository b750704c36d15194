import type { MessagePort } from "node:worker_threads";
import * as workerThreads from "node:worker_threads";
import { lowerThreadPriority } from "../lib/thread-priority.ts";
import { Committer } from "../store/committer.ts";
import { openSqliteWriter } from "../store/sqlite/write/sqlite-writer.ts";
import { createStoreMetrics } from "../telemetry/store-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import type { CompareToStore, MainToStore, StoreData, StoreReply, StoreToMain } from "./thread-messages.ts";

/** The store thread, the only writer: receives results from compare threads, commits them, and acknowledges them. */

const COMMIT_EVERY_MS = 250;
const METRICS_EVERY_MS = 1_000;

const { config, run } = workerThreads.workerData as StoreData;
const main = workerThreads.parentPort as MessagePort;
const { path, retention } = config.store;
const comparePorts = new Set<MessagePort>();
const registry = new Registry();
const metrics = createStoreMetrics(registry, () => committer.pending);

const committer = new Committer<MessagePort>({
  run,
  open: () => openSqliteWriter(path, { ...config.compare, retention }),
  now: () => performance.now(),
  wallClock: () => Date.now(),
  onSettled: (port, ids) => port.postMessage({ type: "acknowledged", ids } satisfies StoreReply),
  onStateChange: (error) => sendToMain({ type: "state", error }),
  onRulesChange: (rules) => sendToMain({ type: "rules", rules }),
  onCommit(batches, seconds) {
    metrics.committed(batches, seconds);
    sendToMain({ type: "committed" });
  },
  onFailure: () => metrics.failed(),
  onLoss: (exchanges) => metrics.lost(exchanges),
});

lowerThreadPriority();
observeThread(registry, workerThreads.threadName ?? "store");
committer.tick();
const commitTimer = setInterval(() => committer.tick(), COMMIT_EVERY_MS);
const metricsTimer = setInterval(() => void pushMetrics(), METRICS_EVERY_MS);

main.on("message", (message: MainToStore) => {
  switch (message.type) {
    case "compare":
      return connectCompare(message.port);
    case "run":
      return committer.updateRun(message.run);
    case "edit":
      return sendToMain({ type: "response", id: message.id, error: committer.edit(message.edit) });
    case "switch-run":
      return sendToMain({ type: "response", id: message.id, error: committer.switchRun(message.run, message.endedAt) });
    case "close":
      return close();
  }
});

function connectCompare(port: MessagePort): void {
  comparePorts.add(port);
  port.on("close", () => comparePorts.delete(port));
  port.on("message", (batch: CompareToStore) => committer.add(batch, port));
}

function close(): void {
  clearInterval(commitTimer);
  clearInterval(metricsTimer);
  // Results that were sent before may still wait in the queue of a port.
  for (const port of comparePorts) {
    for (let next = receive(port); next !== undefined; next = receive(port)) committer.add(next, port);
  }
  committer.close();
  void pushMetrics().finally(() => sendToMain({ type: "closed" }));
}

function receive(port: MessagePort): CompareToStore | undefined {
  const received: { message: CompareToStore } | undefined = workerThreads.receiveMessageOnPort(port);
  return received?.message;
}

async function pushMetrics(): Promise<void> {
  sendToMain({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

function sendToMain(message: StoreToMain): void {
  main.postMessage(message);
}
