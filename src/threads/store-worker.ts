import type { MessagePort } from "node:worker_threads";
import * as workerThreads from "node:worker_threads";
import { collectAfterLoading } from "../lib/garbage-collection.ts";
import { lowerThreadPriority } from "../lib/runtime/system-thread.ts";
import type { ResultBatch } from "../model/batch.ts";
import { Committer } from "../store/committer.ts";
import { openWriter } from "../store/open-writer.ts";
import { CommitMemory } from "../store/postgres/write/commit-memory.ts";
import type { PostgresLocation } from "../model/store/store-location.ts";
import { ReplicaLoad } from "../store/replica-load.ts";
import type { SharedStore } from "./shared-store.ts";
import { createStoreMetrics } from "../telemetry/store-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import type {
  CompareToStore,
  MainToStore,
  ProxyToStore,
  StoreData,
  StoreReply,
  StoreToMain,
} from "./thread-messages.ts";

/**
 * The store thread, the only writer: receives counts from proxy threads and results from compare threads, commits them, and
 * acknowledges them.
 */

const COMMIT_EVERY_MS = 250;
const METRICS_EVERY_MS = 1_000;
const NOT_SHARED = Promise.resolve("the store is not shared");
const NO_RESULTS: Omit<ResultBatch, keyof ProxyToStore> = {
  outcomes: [],
  latencies: [],
  relations: [],
  statuses: [],
  failures: [],
  features: [],
  pacing: [],
  slow: [],
  attributes: [],
  ruleHits: [],
  samples: [],
};

const { config, run, replica } = workerThreads.workerData as StoreData;
const main = workerThreads.parentPort as MessagePort;
const { retention, location } = config.store;
let { endpoints } = config.compare;
const proxyPorts = new Set<MessagePort>();
const comparePorts = new Set<MessagePort>();
const registry = new Registry();
const commits = new CommitMemory();
const load = new ReplicaLoad();
const metrics = createStoreMetrics(registry, () => committer.pending);

const shared = location.engine === "postgres" ? await followReplicas(location) : undefined;

const committer = new Committer<MessagePort>({
  run,
  open: () =>
    openWriter(location, {
      ...config.compare,
      retention,
      configuredEndpoints: () => endpoints,
      replica,
      load: () => load.sample(performance.now()),
      commits,
      onCommitsLost: ({ exchanges }) => metrics.lost(exchanges),
      onMergeLoss: (exchanges) => metrics.lost(exchanges),
      onMergeFailure: () => metrics.failed(),
    }),
  now: () => performance.now(),
  wallClock: () => Date.now(),
  onSettled(port, ids) {
    load.settled(ids);
    port.postMessage({ type: "acknowledged", ids } satisfies StoreReply);
  },
  onBegin: (current) => shared?.begin(current),
  onStateChange(error) {
    if (shared === undefined) sendToMain({ type: "state", error });
    else shared.sendState(error);
  },
  onRulesChange: (stored) => sendToMain({ type: "rules", ...stored }),
  onCommit(batches, seconds) {
    metrics.committed(batches, seconds);
    // What replicas append shows only once it is merged.
    if (shared === undefined) sendToMain({ type: "committed" });
  },
  onFailure: () => metrics.failed(),
  onLoss: (exchanges) => metrics.lost(exchanges),
  onImbalance(candidate, requests) {
    metrics.requestsLost(requests);
    sendToMain({ type: "requests-lost", candidate, requests });
  },
  onFileLost(loss) {
    metrics.fileLost();
    sendToMain({ type: "file-lost", ...loss });
  },
});

lowerThreadPriority();
observeThread(registry, workerThreads.threadName ?? "store");
void committer.tick();
// Of 16 MB, 6 are garbage of loading.
collectAfterLoading();
const commitTimer = setInterval(() => void committer.tick(), COMMIT_EVERY_MS);
const metricsTimer = setInterval(() => void pushMetrics(), METRICS_EVERY_MS);

main.on("message", (message: MainToStore) => {
  switch (message.type) {
    case "proxy":
      return connectProxy(message.port);
    case "compare":
      return connectCompare(message.port);
    case "run":
      ({ endpoints } = message);
      return committer.updateRun(message.run);
    case "proxy-died":
      return committer.proxyDied(message.identity);
    case "replica":
      return shared?.report(message.report);
    case "control":
      return void respond(message.id, shared?.edit(message.edit) ?? NOT_SHARED);
    case "edit":
      return void respond(message.id, committer.edit(message.edit));
    case "switch-run":
      return void switchRun(message);
    case "close":
      return void close();
  }
});

/** What only PostgreSQL needs is loaded only then, here and by `openWriter`: a third of the thread's modules. */
async function followReplicas(postgres: PostgresLocation): Promise<SharedStore> {
  const { SharedStore } = await import("./shared-store.ts");
  return new SharedStore({
    location: postgres,
    replica,
    run,
    send: sendToMain,
    reloadRules: () => void committer.reloadRules(),
  });
}

async function respond(id: number, outcome: Promise<string | null>): Promise<void> {
  sendToMain({ type: "response", id, error: await outcome });
}

async function switchRun({ id, run: next, endedAt }: Extract<MainToStore, { type: "switch-run" }>): Promise<void> {
  const failure = await committer.switchRun(next, endedAt);
  sendToMain({ type: "response", id, error: failure?.message ?? null, isConflict: failure?.isConflict ?? false });
  if (failure === null) await shared?.runSwitched();
}

function connectProxy(port: MessagePort): void {
  proxyPorts.add(port);
  port.on("close", () => proxyPorts.delete(port));
  port.on("message", (batch: ProxyToStore) => addCounts(batch, port));
}

function connectCompare(port: MessagePort): void {
  comparePorts.add(port);
  port.on("close", () => comparePorts.delete(port));
  port.on("message", (batch: CompareToStore) => {
    // The original, sent by a compare thread that died, may still wait in the queue of its port, which is read before.
    if (batch.isResent) setImmediate(() => addResults(batch, port));
    else addResults(batch, port);
  });
}

function addCounts(batch: ProxyToStore, port: MessagePort): void {
  load.add(batch);
  committer.add({ ...NO_RESULTS, ...batch }, port);
}

/** The arrival of these requests was sent before, but may still wait in the queue of its port. */
function addResults(batch: CompareToStore, port: MessagePort): void {
  receiveCounts();
  committer.add(batch, port);
}

async function close(): Promise<void> {
  clearInterval(commitTimer);
  clearInterval(metricsTimer);
  // What was sent before may still wait in the queue of a port.
  receiveCounts();
  for (const port of comparePorts) for (const batch of takeQueued(port)) addResults(batch as CompareToStore, port);
  await committer.close();
  await shared?.close();
  await pushMetrics().finally(() => sendToMain({ type: "closed" }));
}

function receiveCounts(): void {
  for (const port of proxyPorts) for (const batch of takeQueued(port)) addCounts(batch as ProxyToStore, port);
}

/** The messages in the queue of a port. */
function* takeQueued(port: MessagePort): Generator {
  for (;;) {
    const received: { message: unknown } | undefined = workerThreads.receiveMessageOnPort(port);
    if (received === undefined) return;
    yield received.message;
  }
}

async function pushMetrics(): Promise<void> {
  sendToMain({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

function sendToMain(message: StoreToMain): void {
  main.postMessage(message);
}
