import { describeValue, type ValueType } from "./value-type.ts";

const TRACE_ID = "{traceId}";
const EXAMPLE_ID = "0".repeat(32);

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
