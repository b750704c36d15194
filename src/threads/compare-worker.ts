import { isDeepStrictEqual } from "node:util";
import * as workerThreads from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { createComparer, type Comparer } from "../compare/batch-comparer.ts";
import { recordBytes } from "../compare/attributes/attribute-list.ts";
import { createRedactor } from "../compare/redact/redactor.ts";
import { sampleBytes } from "../compare/samples/sample-selector.ts";
import { CauseWatch } from "../compare/tail/cause-watch.ts";
import { TailPublisher } from "../compare/tail/tail-publisher.ts";
import { collectAfterLoading, createHeapTrimmer } from "../lib/garbage-collection.ts";
import { currentThreadId, lowerThreadPriority } from "../lib/runtime/system-thread.ts";
import type { ResultBatch } from "../model/batch.ts";
import type { Config } from "../model/config.ts";
import { createCompareMetrics, type MirroredPair } from "../telemetry/compare-metrics.ts";
import { EndpointTally } from "../telemetry/endpoints/endpoint-tally.ts";
import { createQueueMetrics } from "../telemetry/queue-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { resetProgress } from "../transfer/batch-progress.ts";
import { setBusy, setIdle, setThread } from "./watch/thread-activity.ts";
import type {
  CompareData,
  CompareReply,
  CompareToMain,
  CompareToStore,
  ComparisonSettings,
  MainToCompare,
  MetricsSnapshot,
  ProxyToCompare,
  StoreReply,
} from "./thread-messages.ts";

/**
 * The compare thread: receives batches from proxy threads, compares them one by one, and sends the results to the store
 * thread. It keeps a result until the store has acknowledged it, so that a restarted store thread receives the results that
 * the old one lost.
 */

const METRICS_EVERY_MS = 1_000;
/** Limit for samples and attributes of unacknowledged results. Above it, results have none; counts are small and always kept. */
const MAX_HELD_SAMPLE_BYTES = 64 * 1024 * 1024;

interface UnacknowledgedResult {
  readonly result: CompareToStore;
  readonly proxy: MessagePort;
}

const { config, redactionKey, activity, ...initial } = workerThreads.workerData as CompareData;
const main = workerThreads.parentPort as MessagePort;
const queue: { batch: ProxyToCompare; proxy: MessagePort }[] = [];
/** By batch id, in the order of comparison. */
const unacknowledged = new Map<string, UnacknowledgedResult>();
let heldSampleBytes = 0;
let store: MessagePort | undefined;

const trimHeap = createHeapTrimmer();
const registry = new Registry();
const metrics = createCompareMetrics(registry);
metrics.initialize(mirrorPairs(config));
const endpoints = config.metrics.endpoints > 0 ? new EndpointTally() : null;
const queues = createQueueMetrics(registry);
queues.watch("compare", () => queue.length);
queues.watch("store", () => unacknowledged.size);
observeThread(registry, workerThreads.threadName ?? "compare");

const tail = new TailPublisher(
  () => performance.now(),
  (target) => createRedactor(redactionKey).text(target),
);
const watch = new CauseWatch();
let compareConfig = config.compare;
let { denied, templates } = initial;
let comparer = createConfiguredComparer();

setThread(activity, currentThreadId());
lowerThreadPriority();
main.on("message", (message: MainToCompare) => {
  switch (message.type) {
    case "proxy":
      return connectProxy(message.port);
    case "store":
      return connectStore(message.port);
    case "reconfigure":
      return reconfigure(message);
    case "tails":
      return tail.subscribe(message.subscriptions);
    case "arm":
      return watch.arm(message.causes);
    case "begin-run":
      return comparer.beginRun();
  }
});
// Of 19 MB, 8 are garbage of loading.
collectAfterLoading();
setInterval(() => {
  void pushMetrics();
  pushEndpoints();
  pushTail();
  if (queue.length === 0) trimHeap();
}, METRICS_EVERY_MS);

function mirrorPairs({ routes }: Config): MirroredPair[] {
  return routes.flatMap(({ name, action }) => {
    if (action.type !== "forward") return [];
    const hasSecondary = action.secondary !== undefined;
    return action.candidates.map(({ subset }) => ({ route: name, candidate: subset.name, hasSecondary }));
  });
}

/**
 * Keeps the comparer when only the rules have changed: a new one would forget which differences it has already sampled.
 */
function reconfigure(next: ComparisonSettings): void {
  const { compare } = next.config;
  metrics.initialize(mirrorPairs(next.config));
  if (!isDeepStrictEqual(next.templates, templates)) {
    ({ templates } = next);
    comparer.setTemplates(templates);
  }
  if (isDeepStrictEqual([compare, next.denied], [compareConfig, denied])) return;
  ({ denied } = next);
  const onlyRulesChanged = isDeepStrictEqual({ ...compare, rules: compareConfig.rules }, compareConfig);
  compareConfig = compare;
  if (onlyRulesChanged) comparer.setRules(compare.rules, denied);
  else comparer = createConfiguredComparer();
}

function createConfiguredComparer(): Comparer {
  return createComparer({
    config: compareConfig,
    denied,
    templates,
    redactionKey,
    tail,
    watch,
    onExchange: (busy) => (busy ? setBusy(activity) : setIdle(activity)),
  });
}

function connectProxy(proxy: MessagePort): void {
  proxy.on("message", (batch: ProxyToCompare) => {
    queue.push({ batch, proxy });
    if (queue.length === 1) setImmediate(compareNext);
  });
}

function connectStore(port: MessagePort): void {
  store?.close();
  store = port;
  port.on("message", ({ ids }: StoreReply) => acknowledge(ids));
  for (const { result } of unacknowledged.values()) sendToStore(result);
}

/** Compares one batch per turn of the event loop: acknowledgments and new ports must not wait for a full queue. */
function compareNext(): void {
  const next = queue[0];
  if (next === undefined) return;
  const { batch, proxy } = next;
  const compared = comparer.compare(batch);
  const isFull = heldSampleBytes + sampleBytesOf(compared) > MAX_HELD_SAMPLE_BYTES;
  const result = { ...compared, ...(isFull && { samples: [], attributes: [] }), isResent: batch.isResent };
  heldSampleBytes += sampleBytesOf(result);
  unacknowledged.set(batch.id, { result, proxy });
  sendToStore(result);
  resetProgress(batch.progress);
  reply(proxy, { type: "compared", id: batch.id });
  const exchanges = watch.take();
  if (exchanges.length > 0) reply(proxy, { type: "seen", exchanges });
  countResults(result);
  pushTail();
  queue.shift();
  if (queue.length > 0) setImmediate(compareNext);
}

function acknowledge(ids: readonly string[]): void {
  const byProxy = new Map<MessagePort, string[]>();
  for (const id of ids) {
    const entry = unacknowledged.get(id);
    if (entry === undefined) continue;
    unacknowledged.delete(id);
    heldSampleBytes -= sampleBytesOf(entry.result);
    const acknowledged = byProxy.get(entry.proxy);
    if (acknowledged === undefined) byProxy.set(entry.proxy, [id]);
    else acknowledged.push(id);
  }
  for (const [proxy, acknowledged] of byProxy) reply(proxy, { type: "acknowledged", ids: acknowledged });
}

function sendToStore(result: CompareToStore): void {
  store?.postMessage(result);
}

function reply(proxy: MessagePort, message: CompareReply): void {
  proxy.postMessage(message);
}

/** Of samples and attributes. */
function sampleBytesOf({ samples, attributes }: ResultBatch): number {
  const ofSamples = samples.reduce((sum, sample) => sum + sampleBytes(sample), 0);
  return attributes.reduce((sum, record) => sum + recordBytes(record), ofSamples);
}

function countResults({ outcomes, accounting, latencies }: ResultBatch): void {
  metrics.latencies(latencies);
  for (const { route, endpoint, candidate, fields, count } of outcomes) {
    const differs = fields.some(({ mark }) => mark !== "noise");
    metrics.compared(route, candidate, differs ? "differ" : "match", count);
    endpoints?.add({ route, endpoint, candidate }, differs, count);
  }
  for (const { route, candidate, fate, count } of accounting) {
    if (fate === "skipped" && route !== undefined) metrics.compared(route, candidate, "skip", count);
  }
}

function pushTail(): void {
  if (!tail.isWatched) return;
  const deliveries = tail.take();
  if (deliveries.length > 0) main.postMessage({ type: "tail", deliveries } satisfies CompareToMain);
}

function pushEndpoints(): void {
  const comparisons = endpoints?.take() ?? [];
  if (comparisons.length > 0) main.postMessage({ type: "endpoints", comparisons } satisfies CompareToMain);
}

async function pushMetrics(): Promise<void> {
  const snapshot: MetricsSnapshot = await registry.getMetricsAsJSON();
  main.postMessage({ type: "metrics", snapshot } satisfies CompareToMain);
}
