import * as defaults from "../defaults.ts";
import { decimal } from "../values/numbers.ts";
import { collectorUrl, traceUrlTemplate } from "../values/trace-urls.ts";
import { option, optional } from "./option.ts";

/** Spans, and links to the traces of the upstreams. */
export const TRACING_OPTIONS = {
  otlp: optional(collectorUrl, {
    help: "OpenTelemetry collector that receives spans, such as http://127.0.0.1:4318; environment: as OTEL_EXPORTER_OTLP_ENDPOINT says (default: no spans)",
  }),
  sampleRate: option(decimal({ min: 0, max: 1, placeholder: "share" }), defaults.DEFAULT_TRACE_SAMPLE_RATE, {
    help: "share of requests that are traced if their traceparent or B3 header does not decide",
  }),
  traceUrl: optional(traceUrlTemplate, {
    help: "URL of a trace, with {traceId}; samples link to it",
  }),
  candidateTraceUrl: optional(traceUrlTemplate, {
    help: "URL of a candidate's trace, with {traceId}, if it is another one",
  }),
} as const;
