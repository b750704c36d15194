import type { RawHeaders, TraceReference } from "../model/capture.ts";
import type { SpanPlace } from "../model/tracing/trace.ts";

/** W3C Trace Context §3.2: version, trace id, id of the sender's span, and flags. Later versions can add members. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED_FLAG = 1;
/** B3 in one field: trace id, span id, sampling state and the parent's id; or the state alone. */
const B3_SINGLE = /^(?:([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?|([01d]))$/i;
const B3_TRACE_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/i;
const B3_SPAN_ID = /^[0-9a-f]{16}$/i;
const ONLY_ZEROS = /^0+$/;
const TRACE_ID_LENGTH = 32;
/** Half of a trace id: B3 has ids of both lengths. */
const SHORT_ID_LENGTH = 16;

type TraceField =
  | "traceparent"
  | "tracestate"
  | "b3"
  | `x-b3-${"traceid" | "spanid" | "parentspanid" | "sampled" | "flags"}`;
const TRACE_FIELDS: ReadonlySet<string> = new Set<TraceField>([
  "traceparent",
  "tracestate",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags",
]);
/** By length alone, most fields are none of them. */
const TRACE_FIELD_LENGTHS: ReadonlySet<number> = new Set([...TRACE_FIELDS].map((name) => name.length));

/** What the fields of a request say about its trace. */
export interface TraceContext {
  /** The span of the sender; null if no field names it. */
  readonly sender: SpanPlace | null;
  /** Whether the sender records the trace; null if it leaves that to the receiver. */
  readonly isSampled: boolean | null;
}

/**
 * Reads W3C Trace Context, or else B3 in one or in several fields. Malformed fields are ignored, as are several `traceparent`
 * fields (W3C Trace Context §3.2).
 */
export function readTraceContext(fields: RawHeaders): TraceContext {
  const found = traceFields(fields);
  if (found === null) return { sender: null, isSampled: null };
  return fromTraceparent(found.get("traceparent")) ?? fromB3(found.get("b3")) ?? fromB3Fields(found);
}

/** The trace in which the receiver of these fields records its spans; null if they name none. */
export function traceOf(fields: RawHeaders): TraceReference | null {
  const { sender, isSampled } = readTraceContext(fields);
  return sender === null ? null : { id: sender.traceId, isSampled };
}

/**
 * Returns the fields of a request whose sender is another span, which is sampled. It is named in every format that the fields
 * have, or in `traceparent` if they have none.
 * @param isNewTrace removes `tracestate`, which belongs to the trace of the fields
 */
export function withTraceContext(fields: RawHeaders, sender: SpanPlace, isNewTrace: boolean): RawHeaders {
  const { traceId, spanId } = sender;
  const b3TraceId = traceId.startsWith("0".repeat(SHORT_ID_LENGTH)) ? traceId.slice(SHORT_ID_LENGTH) : traceId;
  const written: string[] = [];
  const formats = new Set<"w3c" | "b3" | "b3-fields">();
  for (let index = 0; index < fields.length; index += 2) {
    const [name = "", value = ""] = [fields[index], fields[index + 1]];
    const field = traceFieldOf(name);
    if (field === null) written.push(name, value);
    else if (field === "tracestate") {
      if (!isNewTrace) written.push(name, value);
    } else formats.add(field === "traceparent" ? "w3c" : field === "b3" ? "b3" : "b3-fields");
  }
  if (formats.has("w3c") || formats.size === 0) written.push("traceparent", `00-${traceId}-${spanId}-01`);
  if (formats.has("b3")) written.push("b3", `${b3TraceId}-${spanId}-1`);
  if (formats.has("b3-fields")) {
    written.push("X-B3-TraceId", b3TraceId, "X-B3-SpanId", spanId, "X-B3-Sampled", "1");
  }
  return written;
}

function traceFieldOf(name: string): TraceField | null {
  if (!TRACE_FIELD_LENGTHS.has(name.length)) return null;
  const lower = name.toLowerCase();
  return TRACE_FIELDS.has(lower) ? (lower as TraceField) : null;
}

/** @returns the values by name, null for a repeated field; null if there is no such field */
function traceFields(fields: RawHeaders): Map<TraceField, string | null> | null {
  let found: Map<TraceField, string | null> | null = null;
  for (let index = 0; index < fields.length; index += 2) {
    const field = traceFieldOf(fields[index] ?? "");
    if (field === null) continue;
    found ??= new Map();
    found.set(field, found.has(field) ? null : (fields[index + 1] ?? ""));
  }
  return found;
}

function fromTraceparent(value: string | null | undefined): TraceContext | null {
  const [, version, traceId = "", spanId = "", flags = "", more] = TRACEPARENT.exec(value ?? "") ?? [];
  if (version === undefined || (version === "00" && more !== undefined)) return null;
  const sender = placeOf(traceId, spanId);
  return sender === null ? null : { sender, isSampled: (Number.parseInt(flags, 16) & SAMPLED_FLAG) === SAMPLED_FLAG };
}

function fromB3(value: string | null | undefined): TraceContext | null {
  const match = B3_SINGLE.exec(value ?? "");
  if (match === null) return null;
  const [, traceId = "", spanId = "", state, stateAlone] = match;
  return { sender: placeOf(traceId, spanId), isSampled: sampledBy(state ?? stateAlone) };
}

function fromB3Fields(found: ReadonlyMap<TraceField, string | null>): TraceContext {
  const [traceId, spanId] = [found.get("x-b3-traceid") ?? "", found.get("x-b3-spanid") ?? ""];
  const isValid = B3_TRACE_ID.test(traceId) && B3_SPAN_ID.test(spanId);
  const isDebug = found.get("x-b3-flags") === "1";
  return {
    sender: isValid ? placeOf(traceId, spanId) : null,
    isSampled: isDebug ? true : sampledBy(found.get("x-b3-sampled")?.toLowerCase()),
  };
}

/** `d` is debug: always recorded. Some senders write words. */
function sampledBy(state: string | undefined): boolean | null {
  if (state === "1" || state === "d" || state === "D" || state === "true") return true;
  return state === "0" || state === "false" ? false : null;
}

/** @returns null unless both ids are valid: an id of zeros is none */
function placeOf(traceId: string, spanId: string): SpanPlace | null {
  if (traceId === "" || ONLY_ZEROS.test(traceId) || ONLY_ZEROS.test(spanId)) return null;
  return { traceId: traceId.toLowerCase().padStart(TRACE_ID_LENGTH, "0"), spanId: spanId.toLowerCase() };
}
