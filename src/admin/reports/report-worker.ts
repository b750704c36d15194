import type { MessagePort } from "node:worker_threads";
import * as workerThreads from "node:worker_threads";
import { Registry } from "../../telemetry/prometheus.ts";
import { observeThread } from "../../telemetry/thread-metrics.ts";
import { ApiError } from "../api-error.ts";
import { openStore } from "../live/open-store.ts";
import { answerQuestion } from "./questions.ts";
import { ReportDesk } from "./report-desk.ts";
import type { Failure, MainToReport, ReportThreadData, ReportToMain } from "./report-messages.ts";

/** The report thread: builds reports, and answers what the main thread asks about them. It only reads the store. */

const METRICS_EVERY_MS = 1_000;

const { location, facts } = workerThreads.workerData as ReportThreadData;
const main = workerThreads.parentPort as MessagePort;
const encoder = new TextEncoder();
const desk: ReportDesk = new ReportDesk(facts, () => openStore(location, desk.facts.storeError));
const registry = new Registry();
const stopObserving = observeThread(registry, workerThreads.threadName ?? "report");
const metricsTimer = setInterval(() => void pushMetrics(), METRICS_EVERY_MS);

main.on("message", (message: MainToReport) => {
  switch (message.type) {
    case "facts":
      desk.facts = message.facts;
      return undefined;
    case "ask":
      return void respond(message);
    case "changed":
      return desk.changed(message.change);
    case "close":
      return void close();
  }
});

async function respond({ id, name, question, isJson }: Extract<MainToReport, { type: "ask" }>): Promise<void> {
  try {
    const answer = await answerQuestion(desk, name, question);
    if (isJson) {
      const json = encoder.encode(JSON.stringify(answer));
      send({ type: "answer", id, answer: json, restMs: desk.reports.restMs() }, [json.buffer]);
    } else {
      send({ type: "answer", id, answer, restMs: desk.reports.restMs() });
    }
  } catch (error) {
    send({ type: "failure", id, failure: failureOf(error), restMs: desk.reports.restMs() });
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof ApiError)) return { api: null, error: clonable(error) };
  const { code, message, remedy, cause } = error;
  return { api: { code, message, remedy }, error: cause === undefined ? undefined : clonable(cause) };
}

/** Properties of errors may be anything. */
function clonable(thrown: unknown): Error {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const clone = new Error(message);
  if (stack !== undefined) clone.stack = stack;
  return clone;
}

async function pushMetrics(): Promise<void> {
  send({ type: "metrics", snapshot: await registry.getMetricsAsJSON() });
}

async function close(): Promise<void> {
  clearInterval(metricsTimer);
  stopObserving();
  await desk.close();
  main.close();
}

function send(message: ReportToMain, transfer: ArrayBuffer[] = []): void {
  main.postMessage(message, transfer);
}
