import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { TransportFailureKind } from "../../../src/model/capture.ts";
import { withIstioMetrics } from "../../../src/telemetry/istio/istio-metrics.ts";
import { createMetricsHub } from "../../../src/telemetry/metrics-hub.ts";
import { createProxyMetrics, type EndedLeg } from "../../../src/telemetry/proxy-metrics.ts";

const ENDED: EndedLeg = {
  route: "shop",
  role: "candidate",
  subset: "v2",
  code: 200,
  seconds: 0.03,
  sent: ["Host", "shop.test", "Content-Length", "250"],
  failure: null,
  responseBytes: 4000,
};

async function seriesOf(legs: readonly Partial<EndedLeg>[], isMutualTls = false): Promise<ReadonlyMap<string, number>> {
  const registry = new Registry();
  const metrics = withIstioMetrics(createProxyMetrics(registry), registry, () => isMutualTls);
  for (const leg of legs) metrics.leg({ ...ENDED, ...leg });
  const hub = createMetricsHub();
  hub.update("proxy-0", await registry.getMetricsAsJSON());
  const lines = (await hub.expose()).body.split("\n").filter((line) => line.startsWith("istio_"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

/** The labels of the counters, as reported for the server. */
async function labelsOf(leg: Partial<EndedLeg>, isMutualTls = false): Promise<Readonly<Record<string, string>>> {
  const counters = [...(await seriesOf([leg], isMutualTls)).keys()].filter((name) => name.includes("_total"));
  const server = counters.filter((name) => name.includes('reporter="destination"'));
  expect([counters.length, server.length]).toEqual([2, 1]);
  return Object.fromEntries(
    [...(server[0] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
}

describe("withIstioMetrics", () => {
  it("has the labels of Istio: the route is the service, the subset is the workload and the version", async () => {
    expect(await labelsOf({})).toEqual({
      reporter: "destination",
      source_workload: "shadowdiff",
      source_workload_namespace: "default",
      source_canonical_service: "shadowdiff",
      source_cluster: "Kubernetes",
      destination_workload: "v2",
      destination_workload_namespace: "default",
      destination_version: "v2",
      destination_canonical_service: "shop",
      destination_canonical_revision: "v2",
      destination_service: "shop",
      destination_service_name: "shop",
      destination_service_namespace: "default",
      destination_cluster: "Kubernetes",
      request_protocol: "http",
      response_code: "200",
      response_flags: "-",
      connection_security_policy: "none",
    });
  });

  it("counts all status codes that HTTP does not define as one, so that a server cannot create series", async () => {
    expect(await labelsOf({ code: 999 })).toMatchObject({ response_code: "other" });
    const series = await seriesOf([600, 700, 801].map((code) => ({ code })));
    const totals = [...series].filter(([name]) => name.includes("istio_requests_total"));
    expect(totals.map(([, value]) => value)).toEqual([3, 3]);
  });

  it("tells mutual TLS and gRPC apart", async () => {
    expect(await labelsOf({}, true)).toMatchObject({ connection_security_policy: "mutual_tls" });
    expect(await labelsOf({ sent: ["content-type", "application/grpc+proto"] })).toMatchObject({
      request_protocol: "grpc",
    });
  });

  it.each<[TransportFailureKind, number, string, string]>([
    ["refused", 0, "502", "UF"],
    ["dns", 0, "502", "UF"],
    ["tls", 0, "502", "UF"],
    ["reset", 0, "502", "UC"],
    ["reset", 200, "200", "UC"],
    ["timeout", 0, "504", "UT"],
    ["protocol", 0, "502", "UPE"],
    ["endless", 200, "200", "UMSDR"],
  ])("reports a failure (%s after status %i) as %s with Envoy's flag %s", async (kind, code, response, flag) => {
    const failure = { kind, detail: "" };
    expect(await labelsOf({ code, failure })).toMatchObject({ response_code: response, response_flags: flag });
  });

  it("reports a client that has gone before the response as 0 DC", async () => {
    expect(await labelsOf({ code: 0 })).toMatchObject({ response_code: "0", response_flags: "DC" });
  });

  it("counts requests, milliseconds and bytes, once for each sidecar", async () => {
    const series = await seriesOf([{}, { seconds: 20, responseBytes: 5e7, sent: [] }]);
    const read = (name: string, more = ""): readonly number[] =>
      ["source", "destination"].map((reporter) => {
        const found = [...series].filter(
          ([key]) => key.startsWith(`${name}{`) && key.includes(`reporter="${reporter}"`) && key.includes(more),
        );
        expect(found).toHaveLength(1);
        return found[0]?.[1] ?? Number.NaN;
      });
    expect(read("istio_requests_total")).toEqual([2, 2]);
    expect(read("istio_request_duration_milliseconds_sum")).toEqual([20_030, 20_030]);
    expect(read("istio_request_duration_milliseconds_count")).toEqual([2, 2]);
    expect(read("istio_request_duration_milliseconds_bucket", 'le="25"')).toEqual([0, 0]);
    expect(read("istio_request_duration_milliseconds_bucket", 'le="50"')).toEqual([1, 1]);
    expect(read("istio_request_duration_milliseconds_bucket", 'le="+Inf"')).toEqual([2, 2]);
    expect(read("istio_request_bytes_sum")).toEqual([250, 250]);
    expect(read("istio_request_bytes_bucket", 'le="100"')).toEqual([1, 1]);
    expect(read("istio_response_bytes_sum")).toEqual([50_004_000, 50_004_000]);
    expect(read("istio_response_bytes_bucket", 'le="10000000"')).toEqual([1, 1]);
  });

  it("leaves the other metrics as they are", async () => {
    const registry = new Registry();
    withIstioMetrics(createProxyMetrics(registry), registry, () => false).leg(ENDED);
    expect(await registry.metrics()).toContain(
      'shadowdiff_upstream_request_duration_seconds_count{route="shop",role="candidate",subset="v2",code="200"} 1',
    );
  });
});
