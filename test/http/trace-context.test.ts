import { describe, expect, it } from "vitest";
import { readTraceContext, traceOf } from "../../src/http/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const SENDER = { traceId: TRACE, spanId: SPAN };
const SHORT = { traceId: `${"0".repeat(16)}8448eb211c80319c`, spanId: SPAN };
const NONE = { sender: null, isSampled: null };

describe("readTraceContext", () => {
  it.each([
    ["traceparent", ["Traceparent", `00-${TRACE}-${SPAN}-01`], { sender: SENDER, isSampled: true }],
    ["not sampled", ["traceparent", `00-${TRACE}-${SPAN}-00`], { sender: SENDER, isSampled: false }],
    ["other flags", ["traceparent", `00-${TRACE}-${SPAN}-fe`], { sender: SENDER, isSampled: false }],
    ["a later version", ["traceparent", `cc-${TRACE}-${SPAN}-01-what`], { sender: SENDER, isSampled: true }],
    ["version ff", ["traceparent", `ff-${TRACE}-${SPAN}-01`], NONE],
    ["version 00 with more members", ["traceparent", `00-${TRACE}-${SPAN}-01-x`], NONE],
    ["upper case", ["traceparent", `00-${TRACE.toUpperCase()}-${SPAN}-01`], NONE],
    ["a trace id of zeros", ["traceparent", `00-${"0".repeat(32)}-${SPAN}-01`], NONE],
    ["a span id of zeros", ["traceparent", `00-${TRACE}-${"0".repeat(16)}-01`], NONE],
    ["two fields", ["traceparent", `00-${TRACE}-${SPAN}-01`, "traceparent", `00-${TRACE}-${SPAN}-01`], NONE],
    ["B3", ["b3", `${TRACE}-${SPAN}-1-05e3ac9a4f6e3b90`], { sender: SENDER, isSampled: true }],
    ["B3, debug", ["B3", `${TRACE}-${SPAN}-d`], { sender: SENDER, isSampled: true }],
    ["B3, undecided", ["b3", `${TRACE}-${SPAN}`], { sender: SENDER, isSampled: null }],
    ["B3, short", ["b3", `8448EB211C80319C-${SPAN}-0`], { sender: SHORT, isSampled: false }],
    ["B3, refused", ["b3", "0"], { sender: null, isSampled: false }],
    ["B3, malformed", ["b3", `${TRACE}-${SPAN}-2`], NONE],
    [
      "B3 in several fields",
      ["X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-ParentSpanId", "05e3ac9a4f6e3b90", "X-B3-Sampled", "1"],
      { sender: SENDER, isSampled: true },
    ],
    [
      "debug in several fields",
      ["x-b3-traceid", TRACE, "x-b3-spanid", SPAN, "x-b3-flags", "1"],
      { sender: SENDER, isSampled: true },
    ],
    ["several fields, refused", ["X-B3-Sampled", "false"], { sender: null, isSampled: false }],
    ["a trace id alone", ["X-B3-TraceId", TRACE], NONE],
    [
      "W3C before B3",
      ["b3", `8448eb211c80319c-${SPAN}-0`, "traceparent", `00-${TRACE}-${SPAN}-01`],
      { sender: SENDER, isSampled: true },
    ],
    [
      "B3 instead of a malformed traceparent",
      ["traceparent", "00-x", "b3", `${TRACE}-${SPAN}-1`],
      { sender: SENDER, isSampled: true },
    ],
    ["neither", ["host", "a", "user-agent", "b", "x-b3-nothing", "c"], NONE],
  ])("%s", (_name, fields, expected) => {
    expect(readTraceContext(fields)).toEqual(expected);
    const { sender, isSampled } = expected;
    expect(traceOf(fields)).toEqual(sender === null ? null : { id: sender.traceId, isSampled });
  });
});
