import { describe, expect, it } from "vitest";
import { thresholdsOf, uncoveredEndpoints } from "../../../src/report/judge/gate-thresholds.ts";
import { GATE } from "../memory-reader.ts";

describe("thresholdsOf", () => {
  const gate = {
    ...GATE,
    endpoints: [
      { endpoint: "GET /users/*", parity: 0.99 },
      { endpoint: "* /users/**", parity: 0.5, latencyRatio: 2, minCompared: 10, errorRate: 0.1 },
    ],
  };

  it.each([
    ["GET /users/{id}", { parity: 0.99, latencyRatio: 1.1, minCompared: 1000, errorRate: 0.001 }],
    ["POST /users/{id}", { parity: 0.5, latencyRatio: 2, minCompared: 10, errorRate: 0.1 }],
    ["GET /orders", { parity: 0.999, latencyRatio: 1.1, minCompared: 1000, errorRate: 0.001 }],
  ])("of %s are those of the first entry that matches, and the gate's for the rest", (endpoint, thresholds) => {
    expect(thresholdsOf(gate, endpoint)).toEqual(thresholds);
  });
});

describe("uncoveredEndpoints", () => {
  const seen = [
    { endpoint: "GET /a", compared: 600 },
    { endpoint: "GET /a", compared: 400 },
    { endpoint: "GET /b/{id}", compared: 999 },
    { endpoint: "GET /b/{id}/c", compared: 20 },
  ];
  const uncovered = (coverage: readonly string[], endpoints = GATE.endpoints) =>
    uncoveredEndpoints({ ...GATE, coverage, endpoints }, seen);

  it("sums the routes of an endpoint", () => {
    expect(uncovered(["GET /a"])).toEqual([]);
  });

  it("names each endpoint of a pattern with too few responses, and a pattern that matches nothing", () => {
    expect(uncovered(["GET /b/**", "GET /b/*", "POST /pay"])).toEqual(["GET /b/{id}", "GET /b/{id}/c", "POST /pay"]);
  });

  it("uses the minimum of the endpoint", () => {
    expect(uncovered(["GET /b/**"], [{ endpoint: "GET /b/*/c", minCompared: 20 }])).toEqual(["GET /b/{id}"]);
  });
});
