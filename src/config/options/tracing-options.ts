import { traceUrlTemplate } from "../values/trace-urls.ts";
import { optional } from "./option.ts";

/** Links to the traces of the upstreams. */
export const TRACING_OPTIONS = {
  traceUrl: optional(traceUrlTemplate, {
    help: "URL of a trace, with {traceId}; samples link to it",
  }),
  candidateTraceUrl: optional(traceUrlTemplate, {
    help: "URL of a candidate's trace, with {traceId}, if it is another one",
  }),
} as const;
