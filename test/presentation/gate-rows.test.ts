import { describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { countEndpoints } from "../../src/presentation/verdict/endpoint-counts.ts";
import { gateRows } from "../../src/presentation/verdict/gate-rows.ts";
import { endpoint, reportOfCounts } from "../report/counted-report.ts";

function rowsOf(report: Report): ReturnType<typeof gateRows> {
  return gateRows({ ...report, endpointCounts: countEndpoints(report.endpoints) });
}

function rowOf(report: Report, name: string) {
  return rowsOf(report).find((row) => row.name === name);
}

describe("gateRows", () => {
  const fast = endpoint("GET /fast", 5_000, { 1: 5_000 });

  it("shows limit, measurement, interval and verdict of every threshold", async () => {
    expect(rowsOf(await reportOfCounts([fast]))).toEqual([
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
      { name: "endpoints", limit: "≥ 1", measured: "1", interval: null, note: null, verdict: "pass" },
      { name: "failing endpoints", limit: "= 0", measured: "0 of 1", interval: null, note: null, verdict: "pass" },
    ]);
  });

  it("measures nothing before the first comparison", async () => {
    const rows = rowsOf(await reportOfCounts([]));
    expect(rows.map(({ name, measured, verdict }) => `${name} ${measured} ${verdict}`)).toEqual([
      "parity – inconclusive",
      "latency ratio – inconclusive",
      "error rate – inconclusive",
      "compared 0 inconclusive",
      "primary success – inconclusive",
      "endpoints 0 inconclusive",
      "failing endpoints 0 of 0 pass",
    ]);
  });

  it("says that the secondary decided where the interval to the primary does not lie within the limit", async () => {
    const report = await reportOfCounts([fast]);
    const twin = { estimate: 0.999, low: 0.998, high: 1 };
    const wide = { ...report.latency, twin, ratio: { estimate: 1, low: 0.00453, high: 156 } };
    const noteOf = (latency: Report["latency"]) => rowOf({ ...report, latency }, "latency ratio")?.note;
    expect(noteOf(wide)).toBe("0.999× the secondary (0.998× – 1×), which decided");
    expect(noteOf({ ...wide, ratio: { estimate: 1, low: 0.9, high: 1.05 } })).toBe(
      "0.999× the secondary (0.998× – 1×)",
    );
    expect(noteOf({ ...wide, ratioVerdict: "inconclusive" })).toBe("0.999× the secondary (0.998× – 1×)");
  });

  it("has no common latency limit where the gate has one for each endpoint", async () => {
    const report = await reportOfCounts([fast], [{ endpoint: "GET /fast", latencyRatio: 2 }]);
    expect(rowOf(report, "latency ratio")).toMatchObject({ limit: "per endpoint", measured: "1×", verdict: "pass" });
  });

  it("measures the success of the primary, and counts endpoints without health checks", async () => {
    const report = await reportOfCounts([fast, endpoint("GET /healthz", 5), endpoint("GET /-/ready", 5)]);
    expect(rowOf(report, "primary success")).toBeUndefined();
    const primarySuccess = { rate: 0.4, low: 0.3, high: 0.5 };
    expect(rowOf({ ...report, primarySuccess }, "primary success")).toEqual({
      name: "primary success",
      limit: "≥ 50%",
      measured: "40%",
      interval: "30% – 50%",
      note: null,
      verdict: "inconclusive",
    });
    expect(rowOf(report, "endpoints")).toMatchObject({
      measured: "1",
      note: "without 2 health checks",
      verdict: "pass",
    });
    const strict = { ...report, gate: { ...report.gate, minEndpoints: 2 } };
    expect(rowOf(strict, "endpoints")).toMatchObject({ limit: "≥ 2", verdict: "inconclusive" });
  });

  it("notes the ratio to the secondary, and a late change", async () => {
    const report = await reportOfCounts([fast]);
    const twin = { estimate: 1.05, low: 1.02, high: 1.08 };
    const change = { since: Date.UTC(2026, 10, 20, 10, 3, 20), exchanges: 400, ratio: { ...twin, estimate: 2 } };
    const latency = { ...report.latency, twin, change };
    expect(rowOf({ ...report, latency }, "latency ratio")).toMatchObject({
      limit: "≤ 1.1×",
      note: "1.05× the secondary (1.02× – 1.08×), 2× since 2026-11-20 10:03:20 UTC",
    });
  });

  it("has a row for each limit of the slowest responses", async () => {
    const report = await reportOfCounts([fast]);
    const relative = {
      quantile: 0.99,
      factor: 1.5,
      limitMs: 45,
      candidate: 0.012,
      primary: 0.002,
      secondary: null,
      allowed: 0.005,
      since: null,
      verdict: "fail",
    } as const;
    const absolute = {
      ...relative,
      factor: null,
      limitMs: 500,
      allowed: 0.01,
      primary: null,
      verdict: "pass",
    } as const;
    const latency = { ...report.latency, tails: [relative, absolute] };
    expect(rowsOf({ ...report, latency }).slice(2, 4)).toEqual([
      {
        name: "above 45 ms",
        limit: "≤ primary + 0.5%",
        measured: "1.2%",
        interval: null,
        note: "primary 0.2%, 1.5× the primary's p99",
        verdict: "fail",
      },
      { name: "above 500 ms", limit: "≤ 1%", measured: "1.2%", interval: null, note: "p99", verdict: "pass" },
    ]);
  });

  it("names the first five uncovered endpoints", async () => {
    const report = await reportOfCounts([fast]);
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
