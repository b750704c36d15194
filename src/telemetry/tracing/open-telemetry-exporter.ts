import { type Context, type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import { AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Counter as AnyCounter, Registry } from "prom-client";
import { settlesWithin } from "../../lib/settles-within.ts";
import type { SpanBatch, SpanPlace, SpanRecord } from "../../model/tracing/trace.ts";
import type { Logger } from "../logger.ts";
import { Counter } from "../prometheus.ts";
import { describeSpan, type SpanNaming } from "./describe-span.ts";

/** While the collector does not respond, this many wait: about 8 MB. */
const MAX_WAITING = 4_096;
const EXPORT_AFTER_MS = 500;
/** A collector that is down must not hold up the end of the process. */
const CLOSE_MS = 2_000;
const RESULTS = ["exported", "failed", "dropped"] as const;

export interface SpanExporterOptions {
  /** Where spans are sent; undefined takes the address from the variables of OpenTelemetry. */
  readonly url: string | undefined;
  readonly version: string;
  readonly registry: Registry;
  readonly log: Logger;
  readonly naming: SpanNaming;
}

/**
 * Sends spans to a collector with the OpenTelemetry SDK, on the main thread. Spans for which there is no room are dropped and counted,
 * and an export that fails is counted and not repeated beyond the SDK's own attempts.
 */
export class OpenTelemetryExporter {
  readonly #options: SpanExporterOptions;
  readonly #provider: TracerProvider;
  readonly #spans: AnyCounter<"result">;
  #waiting = 0;
  #hasFailed = false;
  /** The ids of the span that is created next. */
  #place: SpanPlace = { traceId: "", spanId: "" };

  constructor(options: SpanExporterOptions) {
    const { url, version, registry } = options;
    this.#options = options;
    this.#spans = new Counter({
      name: "shadowdiff_trace_spans_total",
      help: "Spans by result. dropped: there was no room. failed: the collector did not accept them.",
      labelNames: ["result"],
      registers: [registry],
    });
    for (const result of RESULTS) this.#spans.inc({ result }, 0);
    const exporter = this.#counted(new OTLPTraceExporter(url === undefined ? {} : { url }));
    this.#provider = new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ "service.name": "shadowdiff", "service.version": version }))
        .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
      sampler: new AlwaysOnSampler(),
      idGenerator: { generateTraceId: () => this.#place.traceId, generateSpanId: () => this.#place.spanId },
      spanProcessors: [
        new BatchSpanProcessor({ exporter, maxQueueSize: MAX_WAITING, scheduledDelayMillis: EXPORT_AFTER_MS }),
      ],
    });
  }

  add({ spans, dropped }: SpanBatch): void {
    const room = Math.max(0, MAX_WAITING - this.#waiting);
    const accepted = spans.slice(0, room);
    this.#spans.inc({ result: "dropped" }, dropped + spans.length - accepted.length);
    this.#waiting += accepted.length;
    for (const span of accepted) this.#create(span);
  }

  /** Exports what waits, for two seconds at most. */
  async close(): Promise<void> {
    // A failed export is counted and logged.
    await settlesWithin(
      CLOSE_MS,
      this.#provider.shutdown().catch(() => {}),
    );
  }

  #create(record: SpanRecord): void {
    this.#place = record;
    const { name, attributes, isError } = describeSpan(record, this.#options.naming);
    const span = this.#provider.getTracer("shadowdiff", this.#options.version).startSpan(
      name,
      {
        kind: record.kind === "server" ? SpanKind.SERVER : SpanKind.CLIENT,
        startTime: record.startedAt,
        attributes,
        links: linksOf(record),
      },
      parentOf(record),
    );
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(record.endedAt);
  }

  #counted(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          this.#waiting -= spans.length;
          this.#finish(
            spans.length,
            result.code === ExportResultCode.SUCCESS ? null : (result.error ?? new Error("without a reason")),
          );
          done(result);
        }),
      forceFlush: async () => exporter.forceFlush?.(),
      shutdown: () => exporter.shutdown(),
    };
  }

  /** Logs the first failure, and the first success after it. */
  #finish(count: number, error: Error | null): void {
    const { log } = this.#options;
    this.#spans.inc({ result: error === null ? "exported" : "failed" }, count);
    if (error !== null && !this.#hasFailed) log.warn({ reason: error.message }, "spans cannot be exported");
    if (error === null && this.#hasFailed) log.info("spans are exported again");
    this.#hasFailed = error !== null;
  }
}

function parentOf({ traceId, parentId, kind }: SpanRecord): Context {
  if (parentId === null) return ROOT_CONTEXT;
  const parent = { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED, isRemote: kind === "server" };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}

function linksOf({ link }: SpanRecord): Link[] {
  return link === null ? [] : [{ context: { ...link, traceFlags: TraceFlags.SAMPLED } }];
}
