import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import type { ServerSpan, UpstreamSpan } from "../../../src/model/tracing/trace.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { OpenTelemetryExporter } from "../../../src/telemetry/tracing/open-telemetry-exporter.ts";
import { freePort } from "../../tools/free-port.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const AT = 1_796_000_000_123.25;
const SERVER: ServerSpan = {
  kind: "server",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "00f067aa0ba902b7",
  parentId: "b7ad6b7169203331",
  link: null,
  startedAt: AT,
  endedAt: AT + 12.5,
  route: "shop",
  method: "GET",
  target: "/users/7?a=1&token=abc",
  status: 404,
  error: null,
  isMirrored: false,
  scheme: "https",
  authority: "shop.test:8443",
};
const { scheme: _scheme, authority: _authority, ...shared } = SERVER;
const PRIMARY: UpstreamSpan = { ...shared, kind: "upstream", spanId: "1".repeat(16), role: "primary", subset: "v1" };
const COPY: UpstreamSpan = {
  ...PRIMARY,
  traceId: "2".repeat(32),
  spanId: "3".repeat(16),
  parentId: null,
  link: { traceId: SERVER.traceId, spanId: SERVER.spanId },
  method: "BREW",
  status: 0,
  error: "timeout",
  isMirrored: true,
  role: "candidate",
  subset: "v2",
};

function createExporter(url: string): {
  exporter: OpenTelemetryExporter;
  log: string[];
  counts: () => Promise<unknown>;
} {
  const registry = new Registry();
  const log: string[] = [];
  const exporter = new OpenTelemetryExporter({
    url: `${url}/v1/traces`,
    version: "1.2.3",
    registry,
    log: createLogger({ level: "info", thread: "main", stream: { write: (line) => void log.push(line) } }),
    naming: {
      redactTarget: (target) => target.replace("abc", "[redacted]"),
      endpointOf: (_route, method) => `${method} /users/{id}`,
      urlsOf: (subset) => (subset === "v1" ? ["http://10.0.0.1:9001"] : ["http://10.0.0.2", "http://10.0.0.3"]),
    },
  });
  return {
    exporter,
    log,
    async counts() {
      const { values } = (await registry.getSingleMetric("shadowdiff_trace_spans_total")?.get()) ?? { values: [] };
      return Object.fromEntries(values.map(({ labels, value }) => [labels["result"], value]));
    },
  };
}

async function startReceiver(port?: number): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.start(port);
  stops.push(() => receiver.stop());
  return receiver;
}

describe("OpenTelemetryExporter", () => {
  it("sends what the official definitions of the protocol read: ids, times, kinds, links, conventions for HTTP", async () => {
    const receiver = await startReceiver();
    const { exporter, counts } = createExporter(receiver.url);
    exporter.add({ spans: [SERVER, PRIMARY, COPY], dropped: 2 });
    await exporter.close();
    expect(await counts()).toEqual({ exported: 3, failed: 0, dropped: 2 });
    const http = { "http.request.method": "GET", "http.response.status_code": 404 };
    const own = { "shadowdiff.route": "shop", "shadowdiff.endpoint": "GET /users/{id}", "shadowdiff.mirrored": false };
    const { resource, ...server } = receiver.spans[0] ?? { resource: {} };
    expect(resource).toMatchObject({
      "service.name": "shadowdiff",
      "service.version": "1.2.3",
      "telemetry.sdk.name": "opentelemetry",
    });
    expect(server).toEqual({
      name: "GET /users/{id}",
      traceId: SERVER.traceId,
      spanId: SERVER.spanId,
      parentSpanId: "b7ad6b7169203331",
      kind: "SPAN_KIND_SERVER",
      startMs: AT,
      endMs: AT + 12.5,
      status: "",
      links: [],
      attributes: {
        ...http,
        ...own,
        "url.scheme": "https",
        "url.path": "/users/7",
        "url.query": "a=1&token=[redacted]",
        "server.address": "shop.test",
        "server.port": 8443,
      },
    });
    expect(receiver.spans[1]).toMatchObject({ kind: "SPAN_KIND_CLIENT", status: "STATUS_CODE_ERROR", links: [] });
    expect(receiver.spans[1]?.attributes).toEqual({
      ...http,
      ...own,
      "error.type": "404",
      "url.full": "http://10.0.0.1:9001/users/7?a=1&token=[redacted]",
      "server.address": "10.0.0.1",
      "server.port": 9001,
      "shadowdiff.role": "primary",
      "shadowdiff.subset": "v1",
    });
    expect(receiver.spans[2]).toMatchObject({
      name: "HTTP",
      traceId: COPY.traceId,
      spanId: COPY.spanId,
      parentSpanId: "",
      kind: "SPAN_KIND_CLIENT",
      status: "STATUS_CODE_ERROR",
      links: [{ traceId: SERVER.traceId, spanId: SERVER.spanId }],
    });
    expect(receiver.spans[2]?.attributes).toEqual({
      "http.request.method": "_OTHER",
      "http.request.method_original": "BREW",
      "error.type": "timeout",
      ...own,
      "shadowdiff.endpoint": "BREW /users/{id}",
      "shadowdiff.mirrored": true,
      "shadowdiff.role": "candidate",
      "shadowdiff.subset": "v2",
    });
  });

  it("drops and counts what does not fit while the collector is down, and can still be closed", async () => {
    const port = await freePort();
    const { exporter, counts } = createExporter(`http://127.0.0.1:${port}`);
    const batch = { spans: Array.from({ length: 3_000 }, () => SERVER), dropped: 0 };
    for (let round = 0; round < 3; round += 1) exporter.add(batch);
    // 4,096 wait for the collector.
    expect(await counts()).toEqual({ exported: 0, failed: 0, dropped: 4_904 });
    // Does not wait until the SDK has given up.
    await exporter.close();
  });

  it("counts what the collector rejects, logs the first failure and the first success after it", async () => {
    const receiver = await startReceiver();
    receiver.status = 400;
    const { exporter, counts, log } = createExporter(receiver.url);
    exporter.add({ spans: [SERVER], dropped: 0 });
    await expect.poll(counts).toMatchObject({ failed: 1 });
    exporter.add({ spans: [SERVER, PRIMARY], dropped: 0 });
    await expect.poll(counts).toMatchObject({ failed: 3 });
    receiver.status = 200;
    exporter.add({ spans: [COPY], dropped: 0 });
    await expect.poll(counts).toEqual({ exported: 1, failed: 3, dropped: 0 });
    const messages = log.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(["spans cannot be exported", "spans are exported again"]);
    await exporter.close();
  });
});
