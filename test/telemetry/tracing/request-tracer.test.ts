import { ROOT_CONTEXT, trace, TraceFlags, type SpanContext } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { B3InjectEncoding, B3Propagator } from "@opentelemetry/propagator-b3";
import { describe, expect, it } from "vitest";
import { readTraceContext, withTraceContext } from "../../../src/http/trace-context.ts";
import type { SpanRecord } from "../../../src/model/tracing/trace.ts";
import {
  RequestTracer,
  type RequestToTrace,
  type RequestTracerOptions,
} from "../../../src/telemetry/tracing/request-tracer.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const SAMPLED = ["traceparent", `00-${TRACE}-${SPAN}-01`, "tracestate", "a=b"];
const IDS = { traceId: expect.stringMatching(/^[0-9a-f]{32}$/), spanId: expect.stringMatching(/^[0-9a-f]{16}$/) };

const PROPAGATORS = {
  w3c: new W3CTraceContextPropagator(),
  b3: new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  "b3-fields": new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
} as const;
type Format = keyof typeof PROPAGATORS;

/** Fields as the official propagator writes them. */
function written(format: Format, context: SpanContext): string[] {
  const carrier: Record<string, string> = {};
  PROPAGATORS[format].inject(trace.setSpanContext(ROOT_CONTEXT, context), carrier, {
    set: (to: Record<string, string>, name, value) => void (to[name] = value),
  });
  return Object.entries(carrier).flat();
}

/** What the official propagator reads. */
function read(format: Format, fields: readonly string[]): SpanContext | undefined {
  const carrier = new Map<string, string>();
  for (let index = 0; index < fields.length; index += 2) {
    carrier.set(fields[index]?.toLowerCase() ?? "", fields[index + 1] ?? "");
  }
  const context = PROPAGATORS[format].extract(ROOT_CONTEXT, carrier, {
    get: (from, name) => from.get(name.toLowerCase()),
    keys: (from) => [...from.keys()],
  });
  return trace.getSpanContext(context);
}

function start(options: Partial<RequestTracerOptions> = {}) {
  const spans: SpanRecord[] = [];
  const record = (span: SpanRecord): void => void spans.push(span);
  const tracer = new RequestTracer({ sampleRate: 1, isOutOfBand: false, random: Math.random, record, ...options });
  return { tracer, spans };
}

function head(fields: readonly string[]): RequestToTrace {
  return { method: "GET", target: "/users/7", scheme: "http", authority: "a.test", fields };
}

function isTraced(sampleRate: number, fields: readonly string[]): boolean {
  return start({ sampleRate }).tracer.begin(head(fields), "r") !== null;
}

describe("trace context", () => {
  it.each(["w3c", "b3", "b3-fields"] as const)("agrees with the official propagator of %s, both ways", (format) => {
    for (const flags of [TraceFlags.SAMPLED, TraceFlags.NONE]) {
      const fields = written(format, { traceId: TRACE, spanId: SPAN, traceFlags: flags });
      expect(readTraceContext(fields)).toEqual({
        sender: { traceId: TRACE, spanId: SPAN },
        isSampled: flags === TraceFlags.SAMPLED,
      });
      const place = { traceId: "1".repeat(32), spanId: "2".repeat(16) };
      const rewritten = withTraceContext(["Host", "a", ...fields, "Accept", "b"], place, true);
      expect(read(format, rewritten)).toMatchObject({ ...place, traceFlags: TraceFlags.SAMPLED });
      expect([rewritten.slice(0, 2), rewritten.slice(2, 4)]).toEqual([
        ["Host", "a"],
        ["Accept", "b"],
      ]);
    }
  });

  it("is written in every format that the request has, without the other fields of the old span", () => {
    const place = { traceId: `${"0".repeat(16)}${"1".repeat(16)}`, spanId: "2".repeat(16) };
    const fields = [...SAMPLED, "baggage", "c=d", "b3", "0", "X-B3-ParentSpanId", SPAN, "X-B3-Flags", "1"];
    const b3 = ["X-B3-TraceId", "1".repeat(16), "X-B3-SpanId", place.spanId, "X-B3-Sampled", "1"];
    const w3c = ["traceparent", `00-${place.traceId}-${place.spanId}-01`];
    const rest = [...w3c, "b3", `${"1".repeat(16)}-${place.spanId}-1`, ...b3];
    expect(withTraceContext(fields, place, true)).toEqual(["baggage", "c=d", ...rest]);
    expect(withTraceContext(fields, place, false)).toEqual(["tracestate", "a=b", "baggage", "c=d", ...rest]);
  });
});

describe("RequestTracer", () => {
  it("follows the decision of the sender, and draws without one", () => {
    const refused = ["traceparent", `00-${TRACE}-${SPAN}-00`];
    expect([isTraced(0, SAMPLED), isTraced(1, refused), isTraced(1, ["b3", "0"])]).toEqual([true, false, false]);
    expect([isTraced(0, []), isTraced(1, []), isTraced(1, ["b3", `${TRACE}-${SPAN}`])]).toEqual([false, true, true]);
    const draws = [0.24, 0.26].map((draw) => {
      const { tracer } = start({ sampleRate: 0.25, random: () => draw });
      return tracer.begin(head([]), "r") !== null;
    });
    expect(draws).toEqual([true, false]);
  });

  it("continues the client's trace to the primary, and begins a linked one for each copy", () => {
    const { tracer, spans } = start();
    const exchange = tracer.begin(head(SAMPLED), "r");
    const request = { method: "GET", target: "/users/7", headers: SAMPLED };
    const copies = (["candidate", "secondary"] as const).map((role) =>
      exchange?.startCopy(role, `of-${role}`, request),
    );
    const sent = [exchange?.startPrimary("of-primary", request), ...copies.map((copy) => copy?.headers)];
    for (const copy of copies) copy?.end(200, null);
    copies[0]?.end(0, "reset");
    exchange?.end(502, 0, "refused");
    expect(spans.map(({ kind }) => kind)).toEqual(["upstream", "upstream", "upstream", "server"]);
    const [candidate, secondary, primary, server] = spans;
    expect([primary, server].map((span) => [span?.status, span?.error])).toEqual([
      [0, "refused"],
      [502, "refused"],
    ]);
    expect(server).toMatchObject({ ...IDS, traceId: TRACE, parentId: SPAN, link: null, isMirrored: false });
    expect(primary).toMatchObject({ ...IDS, traceId: TRACE, parentId: server?.spanId, link: null, isMirrored: false });
    const link = { traceId: TRACE, spanId: server?.spanId };
    for (const copy of [candidate, secondary]) {
      expect(copy).toMatchObject({ ...IDS, parentId: null, link, isMirrored: true, status: 200, error: null });
    }
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(4);
    for (const [index, span] of [primary, candidate, secondary].entries()) {
      expect(read("w3c", sent[index] ?? [])).toMatchObject({
        traceId: span?.traceId,
        spanId: span?.spanId,
        traceFlags: TraceFlags.SAMPLED,
      });
    }
    // It belongs to the client's trace.
    expect(sent.map((fields) => fields?.includes("tracestate"))).toEqual([true, false, false]);
  });

  it("keeps requests that are copies themselves out of the trace of the original, with a link to it", () => {
    const { tracer, spans } = start({ isOutOfBand: true });
    const exchange = tracer.begin(head(SAMPLED), "r");
    exchange?.startPrimary("v1", { method: "GET", target: "/", headers: SAMPLED });
    exchange?.end(200, 200, undefined);
    const [primary, server] = spans;
    const link = { traceId: TRACE, spanId: SPAN };
    expect(server).toMatchObject({ ...IDS, parentId: null, link, isMirrored: true });
    expect(primary).toMatchObject({ traceId: server?.traceId, parentId: server?.spanId, link: null, isMirrored: true });
    expect(server?.traceId).not.toBe(TRACE);
  });
});
