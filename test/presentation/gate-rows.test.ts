import { describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { gateRows } from "../../src/presentation/gate-rows.ts";
import { endpoint, reportOfCounts } from "../report/counted-report.ts";

function rowOf(report: Report, name: string) {
  return gateRows(report).find((row) => row.name === name);
}

describe("gateRows", () => {
  const fast = endpoint("GET /fast", 5_000, { 1: 5_000 });

  it("shows limit, measurement, interval and verdict of every threshold", () => {
    expect(gateRows(reportOfCounts([fast]))).toEqual([
      {
        name: "parity",
        limit: "≥ 99.9%",
        measured: "100%",
        interval: "99.92% – 100%",
        note: null,
        verdict: "pass",
      },
      { name: "latency ratio", limit: "≤ 1.1×", measured: "1×", interval: "1× – 1×", note: null, verdict: "pass" },
      {
        name: "error rate",
        limit: "≤ primary + 1%",
        measured: "0%",
        interval: "0% – 100%",
        note: "primary 0%",
        verdict: "pass",
      },
      { name: "compared", limit: "≥ 1,000", measured: "5,000", interval: null, note: null, verdict: "pass" },
      { name: "failing endpoints", limit: "= 0", measured: "0 of 1", interval: null, note: null, verdict: "pass" },
    ]);
  });

  it("measures nothing before the first comparison", () => {
    const rows = gateRows(reportOfCounts([]));
    expect(rows.map(({ name, measured, verdict }) => `${name} ${measured} ${verdict}`)).toEqual([
      "parity – inconclusive",
      "latency ratio – inconclusive",
      "error rate – inconclusive",
      "compared 0 inconclusive",
      "failing endpoints 0 of 0 pass",
    ]);
  });

  it("has no common latency limit where the gate has one for each endpoint", () => {
    const report = reportOfCounts([fast], [{ endpoint: "GET /fast", latencyRatio: 2 }]);
    expect(rowOf(report, "latency ratio")).toMatchObject({ limit: "per endpoint", measured: "1×", verdict: "pass" });
  });

  it("notes what mirroring adds to the latency limit", () => {
    const report = reportOfCounts([fast]);
    const bias = { estimate: 1.05, low: 1.02, high: 1.08 };
    const raised = { ...report, latency: { ...report.latency, bias, allowed: 1.1 * bias.high } };
    expect(rowOf(raised, "latency ratio")).toMatchObject({
      limit: "≤ 1.19×",
      note: "limit 1.1×, times 1.08× mirroring overhead",
    });
  });

  it("names the first five uncovered endpoints", () => {
    const report = reportOfCounts([fast]);
    const covered = { ...report, gate: { ...report.gate, coverage: ["**"] } };
    expect(rowOf(covered, "uncovered endpoints")).toMatchObject({ measured: "0", note: null, verdict: "pass" });
    const uncovered = ["a", "b", "c", "d", "e", "f", "g"].map((name) => `GET /${name}`);
    expect(rowOf({ ...covered, uncovered }, "uncovered endpoints")).toMatchObject({
      limit: "= 0",
      measured: "7",
      note: "GET /a, GET /b, GET /c, GET /d, GET /e and 2 more",
      verdict: "inconclusive",
    });
  });
});
