import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { shortenReport } from "../../../src/report/views/shorten-report.ts";
import { createEndpointMetrics } from "../../../src/telemetry/endpoints/endpoint-metrics.ts";
import { measured, outcome, reportOf } from "../../report/memory-reader.ts";

async function linesOf(registry: Registry): Promise<readonly string[]> {
  return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("createEndpointMetrics", () => {
  it("has nothing with a limit of 0", async () => {
    const registry = new Registry();
    const count = createEndpointMetrics(registry, { limit: 0, readReports: async () => null, now: () => 0 });
    count([{ route: "r", endpoint: "GET /a", candidate: "v2", matched: 1, differed: 0 }]);
    expect(await registry.metrics()).toBe("\n");
  });

  it("counts comparisons and shows the report of the endpoint; what was not measured has no series", async () => {
    const registry = new Registry();
    const report = await reportOf({
      outcomes: [outcome(90, []), outcome(10, ["body $.price type raw"])],
      minutes: [
        ...measured("primary", { 10: 100 }),
        ...measured("candidate", { 20: 100 }),
        ...measured("ratio", { 2: 100 }),
      ],
    });
    const [endpoint] = report.endpoints;
    if (endpoint === undefined) throw new Error("no endpoint");
    const built = { reports: [shortenReport(report)], builtAt: 0, buildMs: 1 };
    const count = createEndpointMetrics(registry, { limit: 1, readReports: async () => built, now: () => 0 });
    count([{ route: "r", endpoint: "GET /a", candidate: "v2", matched: 7, differed: 2 }]);
    const labels = `route="${endpoint.route}",endpoint="${endpoint.endpoint}",candidate="${endpoint.subset}"`;
    const { ratio, primary, candidate } = endpoint.latency;
    expect(endpoint.parity.rate).toBe(0.9);
    expect(await linesOf(registry)).toEqual([
      'shadowdiff_endpoint_comparisons_total{route="r",endpoint="GET /a",candidate="v2",result="match"} 7',
      'shadowdiff_endpoint_comparisons_total{route="r",endpoint="GET /a",candidate="v2",result="differ"} 2',
      'shadowdiff_endpoint_comparisons_total{route="r",endpoint="(other)",candidate="v2",result="match"} 0',
      'shadowdiff_endpoint_comparisons_total{route="r",endpoint="(other)",candidate="v2",result="differ"} 0',
      `shadowdiff_endpoint_parity_ratio{${labels}} 0.9`,
      `shadowdiff_endpoint_latency_ratio{${labels}} ${ratio?.estimate}`,
      `shadowdiff_endpoint_p95_seconds{${labels},role="primary"} ${(primary.p95 ?? 0) / 1000}`,
      `shadowdiff_endpoint_p95_seconds{${labels},role="candidate"} ${(candidate.p95 ?? 0) / 1000}`,
    ]);
  });
});
