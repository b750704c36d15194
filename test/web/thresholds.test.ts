import { describe, expect, it } from "vitest";
import { thresholdsOf } from "../../web/src/overview/thresholds.ts";
import { endpoint, reportOfCounts } from "../report/counted-report.ts";

function wanted(...counted: Parameters<typeof reportOfCounts>): string | undefined {
  return thresholdsOf(reportOfCounts(...counted)).find(({ name }) => name.startsWith("Latency"))?.wanted;
}

describe("thresholdsOf", () => {
  const fast = endpoint("GET /fast", 100, { 1: 100 });
  const own = [{ endpoint: "GET /fast", latencyRatio: 2 }];

  it("asks for the latency ratio of the gate as long as one endpoint has none of its own", () => {
    expect(wanted([fast])).toBe("≤ 1.10×");
    expect(wanted([fast, endpoint("GET /slow", 100, { 3: 100 })], own)).toBe("≤ 1.10×");
  });

  it("asks for no ratio of all where each endpoint has its own", () => {
    expect(wanted([fast], own)).toBe("each its own");
  });
});
