import * as workerThreads from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { Registry } from "prom-client";
import { Collector } from "../capture/collector.ts";
import { Redactor } from "../capture/redactor.ts";
import type { Subset } from "../model/config.ts";
import { Mirror } from "../mirror/mirror.ts";
import { listenError } from "../proxy/listen-error.ts";
import { Listener } from "../proxy/listener.ts";
import { createProxy } from "../proxy/proxy.ts";
import { createProxyMetrics } from "../telemetry/proxy-metrics.ts";
import { createQueueMetrics } from "../telemetry/queue-metrics.ts";
import { observeThread } from "../telemetry/thread-metrics.ts";
import { UndiciClient } from "../upstream/undici-client.ts";
import type { CompareReply, MainToProxy, ProxyData, ProxyToMain } from "./protocol.ts";

/**
 * The proxy thread: listens for clients, serves them from the primary, mirrors, captures, and hands the captures to the
 * compare threads. It waits for none of them.
 */

const METRICS_EVERY_MS = 1_000;
/** A client that has begun a request head has this long to end it; then 408. */
const CLIENT_HEAD_MS = 10_000;

const { config, identity, port, redactionKey } = workerThreads.workerData as ProxyData;
const main = workerThreads.parentPort as MessagePort;
const comparePorts = new Map<number, MessagePort>();

const registry = new Registry();
const metrics = createProxyMetrics(
  registry,
  config.route.candidates.map(({ subset }) => subset.name),
);
const collector = new Collector({
  identity,
  redactor: new Redactor(redactionKey),
  maxBufferedBytes: config.capture.maxBufferedBytes,
});
const connect = ({ url }: Subset): UndiciClient => new UndiciClient(url, config.upstream.connectTimeoutMs);
const mirror = new Mirror({ config, connect, collector, metrics, identity, random: Math.random });
const serve = createProxy({ config, primary: connect(config.route.primary), mirror, metrics });
const listener = new Listener({
  serve,
  defaultHost: new URL(config.route.primary.url).host,
  headTimeoutMs: CLIENT_HEAD_MS,
  idleTimeoutMs: config.upstream.idleTimeoutMs,
  refused: (code, reason) => metrics.refused(code, reason),
});

const queues = createQueueMetrics(registry);
queues.watch("mirror", () => mirror.inFlight);
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
    case "drain":
      return void drain(message.graceMs);
  }
});
setInterval(() => void pushMetrics(), METRICS_EVERY_MS);
await listen();

async function listen(): Promise<void> {
  try {
    const bound = await listener.listen({ ...config.listen, port }, config.threads.proxy > 1);
    toMain({ type: "listening", port: bound });
  } catch (error) {
    toMain({ type: "failed", message: listenError(error as Error, { ...config.listen, port }) });
  }
}

function compareUp(index: number, compare: MessagePort): void {
  comparePorts.set(index, compare);
  compare.on("message", (reply: CompareReply) => {
    if (reply.type === "slab") collector.slabReturned(index, reply.slab);
    else collector.settled(reply.ids);
  });
  collector.threadUp(index, (batch) => compare.postMessage(batch, batch.slab === null ? [] : [batch.slab]));
}

/** Clients first, then their mirrors, then what was captured; whoever is not ready at the end of the grace is left. */
async function drain(graceMs: number): Promise<void> {
  const end = performance.now() + graceMs;
  await listener.drain(graceMs);
  await mirror.drain(end - performance.now());
  await collector.drain(end - performance.now());
  await pushMetrics();
  toMain({ type: "drained" });
}

async function pushMetrics(): Promise<void> {
  toMain({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

function toMain(message: ProxyToMain): void {
  main.postMessage(message);
}
