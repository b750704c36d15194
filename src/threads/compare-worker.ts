import { isDeepStrictEqual } from "node:util";
import * as workerThreads from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { createComparer, type Comparer } from "../compare/comparer.ts";
import { sampleBytes } from "../compare/samples/sample-selector.ts";
import { lowerThreadPriority } from "../lib/thread-priority.ts";
import type { ResultBatch } from "../model/batch.ts";
import type { Config } from "../model/config.ts";
import { createCompareMetrics } from "../telemetry/compare-metrics.ts";
import { createQueueMetrics } from "../telemetry/queue-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import type {
  CompareData,
  CompareReply,
  CompareToMain,
  CompareToStore,
  MainToCompare,
  MetricsSnapshot,
  ProxyToCompare,
  StoreReply,
} from "./thread-messages.ts";

/**
 * The compare thread: takes batches from proxy threads, judges them one by one, and hands the results to the store thread.
 * A result is kept until the store has settled it, so that a store that was replaced gets what the old one recordTaken with it.
 */

const METRICS_EVERY_MS = 1_000;
/** Samples that wait for the store. Beyond it results go without; counts are small and always kept. */
const MAX_WAITING_SAMPLE_BYTES = 64 * 1024 * 1024;

interface Unsettled {
  readonly result: ResultBatch;
  readonly proxy: MessagePort;
}

const { config, redactionKey, busySince } = workerThreads.workerData as CompareData;
const main = workerThreads.parentPort as MessagePort;
const waiting: { batch: ProxyToCompare; proxy: MessagePort }[] = [];
/** In the order in which they were judged. */
const unsettled = new Map<string, Unsettled>();
let waitingSampleBytes = 0;
let store: MessagePort | undefined;

const registry = new Registry();
const metrics = createCompareMetrics(registry);
metrics.expect(mirroredBy(config));
const queues = createQueueMetrics(registry);
queues.watch("compare", () => waiting.length);
queues.watch("store", () => unsettled.size);
observeThread(registry, workerThreads.threadName ?? "compare");

let comparing = config.compare;
let comparer = newComparer();

lowerThreadPriority();
main.on("message", (message: MainToCompare) => {
  switch (message.type) {
    case "proxy":
      return joinProxy(message.port);
    case "store":
      return joinStore(message.port);
    case "reconfigure":
      return reconfigure(message.config);
  }
});
setInterval(() => void pushMetrics(), METRICS_EVERY_MS);

function mirroredBy({ routes }: Config): { readonly route: string; readonly candidate: string }[] {
  return routes.flatMap(({ name, action }) =>
    action.type === "forward" ? action.candidates.map(({ subset }) => ({ route: name, candidate: subset.name })) : [],
  );
}

/** Its memory of which differences it has sampled begins anew, so only when more than the rules is different. */
function reconfigure(next: Config): void {
  const { compare } = next;
  metrics.expect(mirroredBy(next));
  if (isDeepStrictEqual(compare, comparing)) return;
  const sameButRules = isDeepStrictEqual({ ...compare, rules: comparing.rules }, comparing);
  comparing = compare;
  if (sameButRules) comparer.setRules(compare.rules);
  else comparer = newComparer();
}

function newComparer(): Comparer {
  return createComparer({
    config: comparing,
    redactionKey,
    onExchange: (busy) => Atomics.store(busySince, 0, busy ? process.hrtime.bigint() : 0n),
  });
}

function joinProxy(proxy: MessagePort): void {
  proxy.on("message", (batch: ProxyToCompare) => {
    waiting.push({ batch, proxy });
    if (waiting.length === 1) setImmediate(judgeNext);
  });
}

function joinStore(port: MessagePort): void {
  store?.close();
  store = port;
  port.on("message", ({ ids }: StoreReply) => settle(ids));
  for (const { result } of unsettled.values()) toStore(result);
}

/** One batch, then the event loop: settlements and new ports must not wait for a full queue. */
function judgeNext(): void {
  const next = waiting[0];
  if (next === undefined) return;
  const { batch, proxy } = next;
  const judged = comparer.compare(batch);
  const bytes = bytesOf(judged);
  const result = waitingSampleBytes + bytes > MAX_WAITING_SAMPLE_BYTES ? { ...judged, samples: [] } : judged;
  waitingSampleBytes += bytesOf(result);
  unsettled.set(batch.id, { result, proxy });
  toStore(result);
  if (batch.slab !== null) reply(proxy, { type: "slab", slab: batch.slab }, [batch.slab]);
  count(result);
  waiting.shift();
  if (waiting.length > 0) setImmediate(judgeNext);
}

function settle(ids: readonly string[]): void {
  const byProxy = new Map<MessagePort, string[]>();
  for (const id of ids) {
    const entry = unsettled.get(id);
    if (entry === undefined) continue;
    unsettled.delete(id);
    waitingSampleBytes -= bytesOf(entry.result);
    const settled = byProxy.get(entry.proxy);
    if (settled === undefined) byProxy.set(entry.proxy, [id]);
    else settled.push(id);
  }
  for (const [proxy, settled] of byProxy) reply(proxy, { type: "settled", ids: settled });
}

function toStore(result: CompareToStore): void {
  store?.postMessage(result);
}

function reply(proxy: MessagePort, message: CompareReply, transfer: ArrayBuffer[] = []): void {
  proxy.postMessage(message, transfer);
}

function bytesOf({ samples }: ResultBatch): number {
  return samples.reduce((sum, sample) => sum + sampleBytes(sample), 0);
}

function count({ outcomes, accounting }: ResultBatch): void {
  for (const { route, candidate, fields, count } of outcomes) {
    const differs = fields.some(({ mark }) => mark !== "noise");
    metrics.compared(route, candidate, differs ? "differ" : "match", count);
  }
  for (const { route, candidate, fate, count } of accounting) {
    if (fate === "skipped" && route !== undefined) metrics.compared(route, candidate, "skip", count);
  }
}

async function pushMetrics(): Promise<void> {
  const snapshot: MetricsSnapshot = await registry.getMetricsAsJSON();
  main.postMessage({ type: "metrics", snapshot } satisfies CompareToMain);
}
