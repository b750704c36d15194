import * as workerThreads from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { CaptureCollector } from "../capture/capture-collector.ts";
import { HeaderRedactor } from "../capture/header-redactor.ts";
import { rolesOf } from "../config/roles.ts";
import { missingDescriptors, relieveDescriptors, shareDescriptors } from "../lib/runtime/descriptors.ts";
import { listenError } from "../lib/runtime/listen-error.ts";
import type { Config } from "../model/config.ts";
import { Listener } from "../proxy/listener/listener.ts";
import { createBreakerMetrics } from "../telemetry/breaker-metrics.ts";
import { withIstioMetrics } from "../telemetry/istio/istio-metrics.ts";
import { createProxyMetrics, type ProxyMetrics } from "../telemetry/proxy-metrics.ts";
import { createQueueMetrics } from "../telemetry/queue-metrics.ts";
import { Registry } from "../telemetry/prometheus.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { SpanSender } from "../telemetry/tracing/span-sender.ts";
import { createBalancedClient } from "../upstream/balanced-client.ts";
import type { CreateClient } from "../upstream/client-registry.ts";
import { createUpstreamClient } from "../upstream/create-upstream-client.ts";
import { UpstreamHealthBook } from "../upstream/upstream-health.ts";
import { ReplaySource, type RequestSource } from "./replay-source.ts";
import { RequestPipeline } from "./request-pipeline.ts";
import type {
  CompareReply,
  DrainLimits,
  MainToProxy,
  ProxyData,
  ProxyToMain,
  ProxyToStore,
  StoreReply,
} from "./thread-messages.ts";

/**
 * The proxy thread: accepts clients, proxies their requests to the primary, mirrors them, captures the responses, and sends
 * the captures to the compare threads and the counts to the store thread. It never waits for another thread to serve a client.
 * Messages from the main thread change routes (`reconfigure`), and pause or throttle mirroring (`control`, `shares`).
 */

const METRICS_EVERY_MS = 1_000;
const LOST_CHECK_EVERY_MS = 1_000;
const ARRIVALS_EVERY_MS = 1_000;
/** How soon this thread reacts when another one needs descriptors, or when the limit is lowered. */
const RELIEVE_EVERY_MS = 25;
/** Time for a client to send a request head; then 408. */
const CLIENT_HEAD_MS = 10_000;

const { config, identity, port, redactionKey, control, descriptors, index, replay } =
  workerThreads.workerData as ProxyData;
let { templates } = workerThreads.workerData as ProxyData;
let { endpoints } = config.compare;
const main = workerThreads.parentPort as MessagePort;
const comparePorts = new Map<number, MessagePort>();
let storePort: MessagePort | undefined;

shareDescriptors(descriptors, index, relieve);
const registry = new Registry();
let { subsets } = config;
const metrics = createMetrics();
const redactor = new HeaderRedactor(redactionKey);
const collector = new CaptureCollector({
  identity,
  redactor,
  maxBufferedBytes: config.capture.maxBufferedBytes,
});
const upstreams = new UpstreamHealthBook((report) => sendToMain({ type: "upstream", ...report }));
const connect: CreateClient = (subset, connectTimeoutMs) =>
  createBalancedClient(
    subset.urls.map((url) => createUpstreamClient(subset, url, connectTimeoutMs, upstreams.of(subset.name, url))),
  );
const spans =
  config.tracing.otlp === undefined ? undefined : new SpanSender((batch) => sendToMain({ type: "spans", batch }));
const thread = { index, count: config.threads.proxy };
const pipeline = reportFailure(
  () =>
    new RequestPipeline({
      config,
      port,
      identity,
      collector,
      metrics,
      connect,
      thread,
      isReplay: replay !== undefined,
      tracing: spans && { sampleRate: config.tracing.sampleRate, record: (span) => spans.add(span) },
      random: Math.random,
    }),
);
pipeline.setControl(control);
collector.endpoints.setNaming({ endpoints, templates });
collector.setSendsIdentical(config.compare.contract !== undefined);
collector.setExplains(config.explain.enabled);
redactor.setClaims(config.explain.claims);
const replaySource =
  replay === undefined
    ? undefined
    : new ReplaySource({
        settings: replay,
        config,
        pipeline,
        collector,
        report: (counts) => sendToMain({ type: "replayed", counts }),
      });
const source: RequestSource = replaySource ?? reportFailure(createListener);

createBreakerMetrics(registry, () => pipeline.mirror.breakers);
const queues = createQueueMetrics(registry);
queues.watch("mirror", () => pipeline.mirror.inFlight);
queues.watch("capture_bytes", () => collector.heldBytes);
queues.watch("batches", () => collector.batchesInFlight);
observeThread(registry, workerThreads.threadName ?? "proxy");

main.on("message", (message: MainToProxy) => {
  switch (message.type) {
    case "listen":
      return void listen(message.port);
    case "compare-started":
      return connectCompare(message.index, message.port);
    case "compare-died":
      comparePorts.get(message.index)?.close();
      return collector.removeThread(message.index, message.reason);
    case "store-started":
      return connectStore(message.port);
    case "reconfigure":
      reconfigure(message.config);
      return sendToMain({ type: "applied", revision: message.revision });
    case "control":
      pipeline.setControl(message.control);
      return sendToMain({ type: "applied", revision: message.revision });
    case "shares":
      return pipeline.mirror.setShares(message.shares);
    case "arm":
      return pipeline.mirror.keeper.arm(message.causes);
    case "templates":
      ({ templates } = message);
      return collector.endpoints.setNaming({ endpoints, templates });
    case "upstream-down":
      return upstreams.of(message.subset, message.address).suspect();
    case "replay":
    case "replay-end":
      return replaySource?.receive(message);
    case "spans-accepted":
      return spans?.accepted();
    case "flush":
      return void flush(message);
    case "drain":
      return void drain(message);
  }
});
setInterval(relieveDescriptors, RELIEVE_EVERY_MS);
setInterval(() => void pushMetrics(), METRICS_EVERY_MS);
setInterval(reportArrivals, ARRIVALS_EVERY_MS);
setInterval(() => pipeline.mirror.abandonLost(performance.now()), LOST_CHECK_EVERY_MS);

/** Reports why the thread cannot start. For example, a file that the configuration names was deleted after the check. */
function reportFailure<Result>(create: () => Result): Result {
  try {
    return create();
  } catch (error) {
    sendToMain({ type: "failed", message: (error as Error).message });
    throw error;
  }
}

function createListener(): RequestSource {
  const listener = new Listener({
    serve: pipeline.serve,
    tls: config.listenTls,
    isTap: config.tap !== undefined,
    requests: config.requests,
    forwarded: config.forwarded,
    headTimeoutMs: CLIENT_HEAD_MS,
    idleTimeoutMs: config.upstream.idleTimeoutMs,
    refused: (code, reason) => metrics.refused(code, reason),
    certificateChanged,
  });
  return {
    listen: (chosen) => listener.listen({ ...config.listen, port: chosen }, config.threads.proxy > 1),
    drain: (graceMs) => listener.drain(graceMs),
    shedIdle: (count) => listener.shedIdle(count),
  };
}

function createMetrics(): ProxyMetrics {
  const own = createProxyMetrics(registry, mirroredSubsets(config));
  if (!config.metrics.istio) return own;
  return withIstioMetrics(own, registry, (subset) => subsets.get(subset)?.tls?.certFile !== undefined);
}

/** The subsets for which drops are counted. */
function mirroredSubsets({ routes }: Config): readonly string[] {
  const { candidates, secondaries } = rolesOf(routes);
  return [...candidates, ...secondaries].map(({ name }) => name);
}

/** Closes connections when few file descriptors are left: those of the mirror first, then idle clients. */
function relieve(): void {
  const missing = missingDescriptors("mirror");
  if (missing <= 0) return;
  pipeline.shedMirror(missing);
  if (missingDescriptors("idle") <= 0) return;
  // More than are missing: otherwise each further client would cost a search among all connections.
  source.shedIdle(missingDescriptors("mirror"));
  if (missingDescriptors("idle") > 0) pipeline.closeIdlePrimaries();
}

/** When the new routes cannot be applied, the old ones stay active. */
function reconfigure(next: Config): void {
  try {
    pipeline.reconfigure(next);
    metrics.initialize(mirroredSubsets(next));
    ({ subsets } = next);
    ({ endpoints } = next.compare);
    collector.endpoints.setNaming({ endpoints, templates });
    collector.setSendsIdentical(next.compare.contract !== undefined);
    collector.setExplains(next.explain.enabled);
    redactor.setClaims(next.explain.claims);
    pipeline.warmUp();
  } catch (error) {
    sendToMain({ type: "failed", message: `the new routes cannot be applied: ${(error as Error).message}` });
  }
}

async function listen(chosen: number): Promise<void> {
  try {
    const bound = await source.listen(chosen);
    pipeline.setPort(bound);
    pipeline.warmUp();
    sendToMain({ type: "listening", port: bound });
  } catch (error) {
    const address = `${config.listen.host}:${chosen}`;
    sendToMain({ type: "failed", message: listenError(error as Error, address, "--listen") });
  }
}

function certificateChanged(problem: string | null): void {
  if (problem === null) sendToMain({ type: "log", level: "info", text: "the new certificate is in use" });
  else sendToMain({ type: "log", level: "error", text: `the old certificate stays in use: ${problem}` });
}

function connectCompare(index: number, compare: MessagePort): void {
  comparePorts.set(index, compare);
  compare.on("message", (reply: CompareReply) => {
    if (reply.type === "compared") return collector.finishComparison(reply.id);
    if (reply.type === "acknowledged") return collector.acknowledge(reply.ids);
    for (const found of pipeline.mirror.keeper.compared(reply.exchanges)) sendToMain({ type: "found", found });
  });
  collector.addThread(index, (batch) => compare.postMessage(batch));
}

function connectStore(store: MessagePort): void {
  storePort?.close();
  storePort = store;
  store.on("message", ({ ids }: StoreReply) => collector.acknowledge(ids));
  collector.setStore((counts) => store.postMessage(counts satisfies ProxyToStore));
}

/** Commits the captures of the requests so far, while traffic continues. */
async function flush({ graceMs, commitMs, revision }: Extract<MainToProxy, { type: "flush" }>): Promise<void> {
  collector.beginRun();
  await pipeline.mirror.waitForOpenRequests(graceMs);
  if (await collector.flush(commitMs)) sendToMain({ type: "applied", revision });
}

/** Ends clients first, then mirrored requests, then captures. Whatever is not done at the end of the grace is dropped. */
async function drain({ graceMs, commitMs }: DrainLimits): Promise<void> {
  const end = performance.now() + graceMs;
  await source.drain(graceMs);
  await pipeline.mirror.drain(end - performance.now());
  await collector.drain(Math.min(end - performance.now(), commitMs));
  spans?.flush();
  await pushMetrics();
  sendToMain({ type: "drained" });
}

function reportArrivals(): void {
  const arrivals = pipeline.mirror.takeEndpointArrivals();
  if (arrivals.length > 0) sendToMain({ type: "arrivals", arrivals });
}

async function pushMetrics(): Promise<void> {
  sendToMain({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

function sendToMain(message: ProxyToMain): void {
  main.postMessage(message);
}
