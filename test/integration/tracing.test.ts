import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SampleDetail } from "../../src/model/sample.ts";
import { OtlpReceiver, type ReceivedSpan } from "../telemetry/tracing/otlp-receiver.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const PATIENCE = { interval: 50 };

/** The trace and the span that the last request named, per upstream. */
const received: Record<string, IncomingHttpHeaders> = {};

async function startUpstream(name: string, body: string): Promise<Server> {
  return listening(
    createServer(({ headers }, response) => {
      received[name] = headers;
      response.end(body);
    }),
  );
}

describe("spans of the program", () => {
  let servers: Server[];
  let collector: OtlpReceiver;
  let shadowdiff: Shadowdiff;

  beforeAll(async () => {
    servers = await Promise.all([startUpstream("v1", "1"), startUpstream("v2", "2"), startUpstream("twin", "1")]);
    const [primary, candidate, secondary] = servers.map(urlOf);
    collector = await OtlpReceiver.start();
    // Read by the SDK: without it, it tries again for ten seconds.
    vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "500");
    vi.stubEnv("OTEL_SERVICE_NAME", "edge");
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging");
    const versions = [`--primary=v1=${primary}`, `--candidate=v2=${candidate}`, `--secondary=twin=${secondary}`];
    const tracing = [`--tracing-otlp=${collector.url}`, "--tracing-trace-url=https://traces.test/{traceId}"];
    shadowdiff = await startShadowdiff({ args: [...versions, ...tracing] });
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    collector?.stop();
    stopServers(servers);
  });

  function spanOf(role: string | undefined): ReceivedSpan | undefined {
    return collector.spans.find(({ attributes }) => attributes["shadowdiff.role"] === role);
  }

  async function spansBy(result: string): Promise<number> {
    return shadowdiff.metric("shadowdiff_trace_spans_total", { result });
  }

  it("follow a request through every version; what upstreams and samples name is what the collector has", async () => {
    await fetch(`${shadowdiff.proxy}/users/7?page=1&password=hunter2`, {
      headers: { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "a=b", baggage: "c=d" },
    });
    await expect.poll(() => collector.spans.length, PATIENCE).toBe(4);
    const server = spanOf(undefined);
    expect(server).toMatchObject({ name: "GET /users/{id}", traceId: TRACE, parentSpanId: SPAN });
    expect(server?.kind).toBe("SPAN_KIND_SERVER");
    expect(server?.resource).toMatchObject({ "service.name": "edge", "deployment.environment.name": "staging" });
    const link = { traceId: TRACE, spanId: server?.spanId };
    for (const [role, name] of [
      ["primary", "v1"],
      ["candidate", "v2"],
      ["secondary", "twin"],
    ] as const) {
      const span = spanOf(role);
      const isCopy = role !== "primary";
      expect(span?.attributes).toMatchObject({ "shadowdiff.subset": name, "shadowdiff.mirrored": isCopy });
      expect([span?.parentSpanId, span?.links]).toEqual(isCopy ? ["", [link]] : [server?.spanId, []]);
      expect(span?.startMs).toBeGreaterThanOrEqual(server?.startMs ?? Infinity);
      expect(received[name]?.["traceparent"]).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
      expect([received[name]?.["tracestate"], received[name]?.["baggage"]]).toEqual([
        isCopy ? undefined : "a=b",
        "c=d",
      ]);
    }
    expect(spanOf("primary")?.traceId).toBe(TRACE);
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(3);
    expect(JSON.stringify(collector.spans)).not.toContain("hunter2");
    const samples = async () => (await shadowdiff.get<{ samples: { id: string }[] }>("/api/v1/samples")).samples;
    await expect.poll(async () => (await samples()).length, PATIENCE).toBe(1);
    const { legs } = await shadowdiff.get<SampleDetail>(`/api/v1/samples/${(await samples())[0]?.id}`);
    const urls = [legs.primary, legs.candidate, legs.secondary].map((leg) => leg?.traceUrl);
    const traces = ["primary", "candidate", "secondary"].map((role) => spanOf(role)?.traceId);
    expect(urls).toEqual(traces.map((id) => `https://traces.test/${id}`));
    expect(await spansBy("exported")).toBe(4);
  });

  it("are not recorded for a request whose sender does not record it, and its fields stay as they are", async () => {
    const before = collector.spans.length;
    const traceparent = `00-${"9".repeat(32)}-${SPAN}-00`;
    await fetch(`${shadowdiff.proxy}/unrecorded`, { headers: { traceparent, tracestate: "e=f" } });
    // A recorded request that follows it shows that its spans would have arrived.
    await fetch(`${shadowdiff.proxy}/recorded`);
    await expect.poll(() => collector.spans.length, PATIENCE).toBe(before + 4);
    const paths = collector.spans.slice(before).map(({ name }) => name);
    expect(new Set(paths)).toEqual(new Set(["GET /recorded"]));
    expect(received["v2"]?.["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it("do not delay clients while the collector is down: responses arrive, and losses are counted", async () => {
    collector.stop();
    for (let request = 0; request < 20; request += 1) {
      expect((await fetch(`${shadowdiff.proxy}/while-down`)).status).toBe(200);
    }
    await expect.poll(async () => spansBy("failed"), PATIENCE).toBe(80);
  });
});
