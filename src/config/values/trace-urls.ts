import { describeValue, type ValueType } from "./value-type.ts";

/** Takes the address of the collector from the variables of OpenTelemetry. */
const FROM_ENVIRONMENT = "environment";
/** Where a collector receives traces (OTLP/HTTP), unless its URL has a path. */
const TRACES_PATH = "/v1/traces";
const TRACE_ID = "{traceId}";
const EXAMPLE_ID = "0".repeat(32);

/** The URL to which spans are posted; undefined for that of the environment. */
export const collectorUrl: ValueType<{ readonly url: string | undefined }> = {
  placeholder: "url",
  allowed:
    "http(s)://HOST[:PORT][/PATH] or environment; headers with credentials are read from OTEL_EXPORTER_OTLP_HEADERS",
  json: { type: "string" },
  parse(value) {
    if (value === FROM_ENVIRONMENT) return { value: { url: undefined } };
    const url = webUrl(value);
    if (url === null) return { problem: `${describeValue(value)} is not the URL of a collector` };
    if (url.username !== "" || url.password !== "") return { problem: "the URL has a user name or a password" };
    if (url.search !== "" || url.hash !== "") return { problem: "the URL has a query or a fragment" };
    if (url.pathname === "/") url.pathname = TRACES_PATH;
    return { value: { url: url.href } };
  },
};

/** The URL of a trace for people: `{traceId}` stands for its id. */
export const traceUrlTemplate: ValueType<string> = {
  placeholder: "url",
  allowed: `a URL that contains ${TRACE_ID}, such as https://jaeger.example/trace/${TRACE_ID}`,
  json: { type: "string", pattern: String.raw`^https?://.*\{traceId\}` },
  parse(value) {
    if (typeof value !== "string" || webUrl(value.replaceAll(TRACE_ID, EXAMPLE_ID)) === null) {
      return { problem: `${describeValue(value)} is not a URL` };
    }
    return value.includes(TRACE_ID) ? { value } : { problem: `the URL does not contain ${TRACE_ID}` };
  },
};

function webUrl(value: unknown): URL | null {
  if (typeof value !== "string" || !URL.canParse(value)) return null;
  const url = new URL(value);
  return url.protocol === "http:" || url.protocol === "https:" ? url : null;
}
