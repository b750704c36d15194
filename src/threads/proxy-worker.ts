import * as workerThreads from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { CaptureCollector } from "../capture/capture-collector.ts";
import { Redactor } from "../capture/header-redactor.ts";
import { defaultHostOf, rolesOf } from "../config/roles.ts";
import type { Config } from "../model/config.ts";
import { Listener, listenError } from "../proxy/listener/listener.ts";
import { createBreakerMetrics } from "../telemetry/breaker-metrics.ts";
import { createProxyMetrics } from "../telemetry/proxy-metrics.ts";
import { createQueueMetrics } from "../telemetry/queue-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { createBalancedClient } from "../upstream/balanced-client.ts";
import type { CreateClient } from "../upstream/client-registry.ts";
import { createUpstreamClient } from "../upstream/create-upstream-client.ts";
import { RequestPipeline } from "./request-pipeline.ts";
import type { CompareReply, MainToProxy, ProxyData, ProxyToMain } from "./thread-messages.ts";

/**
 * The proxy thread: listens for clients, serves them from the primary, mirrors, captures, and hands the captures to the
 * compare threads. It waits for none of them. Routes and what was set at run time are changed by messages:
 * `reconfigure` → `pipeline.reconfigure(config)`, `control` → `pipeline.setControl(control)`.
 */

const METRICS_EVERY_MS = 1_000;
/** A client that has begun a request head has this long to end it; then 408. */
const CLIENT_HEAD_MS = 10_000;
/** For the last batches to reach a store thread that cannot commit them now, but tries once more when it is closed. */
const HAND_OVER_MS = 500;

const { config, identity, port, redactionKey, control } = workerThreads.workerData as ProxyData;
const main = workerThreads.parentPort as MessagePort;
const comparePorts = new Map<number, MessagePort>();

const registry = new Registry();
const metrics = createProxyMetrics(registry, mirroredTo(config));
const collector = new CaptureCollector({
  identity,
  redactor: new Redactor(redactionKey),
  maxBufferedBytes: config.capture.maxBufferedBytes,
});
const connect: CreateClient = (subset, connectTimeoutMs) =>
  createBalancedClient(subset.urls.map((url) => createUpstreamClient(subset, url, connectTimeoutMs)));
const pipeline = orReport(
  () => new RequestPipeline({ config, port, identity, collector, metrics, connect, random: Math.random }),
);
pipeline.setControl(control);
const listener = orReport(
  () =>
    new Listener({
      serve: pipeline.serve,
      tls: config.listenTls,
      defaultHost: defaultHostOf(config.routes),
      headTimeoutMs: CLIENT_HEAD_MS,
      idleTimeoutMs: config.upstream.idleTimeoutMs,
      refused: (code, reason) => metrics.refused(code, reason),
      certificateChanged,
    }),
);

createBreakerMetrics(registry, () => pipeline.mirror.breakers);
const queues = createQueueMetrics(registry);
queues.watch("mirror", () => pipeline.mirror.inFlight);
queues.watch("capture_bytes", () => collector.heldBytes);
queues.watch("batches", () => collector.unsettledBatches);
observeThread(registry, workerThreads.threadName ?? "proxy");

main.on("message", (message: MainToProxy) => {
  switch (message.type) {
    case "compare-up":
      return compareUp(message.index, message.port);
    case "compare-down":
      comparePorts.get(message.index)?.close();
      return collector.threadDown(message.index, message.reason);
    case "reconfigure":
      reconfigure(message.config);
      return toMain({ type: "applied", revision: message.revision });
    case "control":
      pipeline.setControl(message.control);
      return toMain({ type: "applied", revision: message.revision });
    case "settle":
      return void settle(message);
    case "drain":
      return void drain(message);
  }
});
setInterval(() => void pushMetrics(), METRICS_EVERY_MS);
await listen();

/** Files that the configuration names may be gone since it was checked: main hears why this thread cannot begin. */
function orReport<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    toMain({ type: "failed", message: (error as Error).message });
    throw error;
  }
}

/** Whose drops are counted. */
function mirroredTo({ routes }: Config): readonly string[] {
  const { candidates, secondaries } = rolesOf(routes);
  return [...candidates, ...secondaries].map(({ name }) => name);
}

/** Files that the configuration names may be gone again since it was checked; then what was in force stays. */
function reconfigure(next: Config): void {
  try {
    pipeline.reconfigure(next);
    metrics.expect(mirroredTo(next));
    pipeline.warmUp();
  } catch (error) {
    toMain({ type: "failed", message: `the new routes cannot be used: ${(error as Error).message}` });
  }
}

async function listen(): Promise<void> {
  try {
    const bound = await listener.listen({ ...config.listen, port }, config.threads.proxy > 1);
    pipeline.listensOn(bound);
    pipeline.warmUp();
    toMain({ type: "listening", port: bound });
  } catch (error) {
    toMain({ type: "failed", message: listenError(error as Error, { ...config.listen, port }) });
  }
}

function certificateChanged(problem: string | null): void {
  if (problem === null) toMain({ type: "notice", level: "info", text: "a new certificate is in use" });
  else toMain({ type: "notice", level: "error", text: `the old certificate stays in use: ${problem}` });
}

function compareUp(index: number, compare: MessagePort): void {
  comparePorts.set(index, compare);
  compare.on("message", (reply: CompareReply) => {
    if (reply.type === "slab") collector.slabReturned(index, reply.slab);
    else collector.settled(reply.ids);
  });
  collector.threadUp(index, (batch) => compare.postMessage(batch, batch.slab === null ? [] : [batch.slab]));
}

/** Traffic goes on meanwhile. */
async function settle({ graceMs, commitMs, revision }: Extract<MainToProxy, { type: "settle" }>): Promise<void> {
  await pipeline.mirror.settle(graceMs);
  if (await collector.settle(commitMs)) toMain({ type: "applied", revision });
}

/** Clients first, then their mirrors, then what was captured; whoever is not ready at the end of the grace is left. */
async function drain({ graceMs, storable }: Extract<MainToProxy, { type: "drain" }>): Promise<void> {
  const end = performance.now() + graceMs;
  await listener.drain(graceMs);
  await pipeline.mirror.drain(end - performance.now());
  const left = end - performance.now();
  await collector.drain(storable ? left : Math.min(left, HAND_OVER_MS));
  await pushMetrics();
  toMain({ type: "drained" });
}

async function pushMetrics(): Promise<void> {
  toMain({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

function toMain(message: ProxyToMain): void {
  main.postMessage(message);
}
