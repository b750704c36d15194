import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import type { BuiltReports } from "../../src/model/views/brief-report.ts";
import { shortenReport } from "../../src/report/views/shorten-report.ts";
import { createReportMetrics } from "../../src/telemetry/report-metrics.ts";
import { measured, outcome, reportOf, type Rows } from "../report/memory-reader.ts";

/** 5,000 exchanges, 50 of which differ, and a candidate that takes twice as long. */
const ROWS: Rows = {
  outcomes: [outcome(4950, []), outcome(50, ["body $.price type raw"])],
  minutes: [
    ...measured("primary", { 10: 5000 }),
    ...measured("candidate", { 20: 5000 }),
    ...measured("ratio", { 2: 5000 }),
  ],
};

function built(...reports: readonly Report[]): BuiltReports {
  return { reports: reports.map(shortenReport), builtAt: 1_767_312_000_500, buildMs: 25 };
}

/** The series of all gauges by name and labels. */
async function seriesOf(read: () => Promise<BuiltReports | null>): Promise<Record<string, number>> {
  const registry = new Registry();
  createReportMetrics(registry, read);
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

describe("createReportMetrics", () => {
  it("has the numbers of the report, without rounding", async () => {
    const report = await reportOf(ROWS);
    const { parity, latency } = report;
    if (latency.ratio === null) throw new Error("no ratio");
    expect(report.verdict).toBe("fail");
    expect(parity.rate).toBe(0.99);
    expect(await seriesOf(async () => built(report))).toEqual({
      'shadowdiff_verdict{candidate="v2",verdict="pass"}': 0,
      'shadowdiff_verdict{candidate="v2",verdict="fail"}': 1,
      'shadowdiff_verdict{candidate="v2",verdict="inconclusive"}': 0,
      'shadowdiff_gate_verdict{candidate="v2",threshold="parity",verdict="pass"}': 0,
      'shadowdiff_gate_verdict{candidate="v2",threshold="parity",verdict="fail"}': 1,
      'shadowdiff_gate_verdict{candidate="v2",threshold="parity",verdict="inconclusive"}': 0,
      'shadowdiff_gate_verdict{candidate="v2",threshold="latency",verdict="pass"}': Number(latency.verdict === "pass"),
      'shadowdiff_gate_verdict{candidate="v2",threshold="latency",verdict="fail"}': Number(latency.verdict === "fail"),
      'shadowdiff_gate_verdict{candidate="v2",threshold="latency",verdict="inconclusive"}': Number(
        latency.verdict === "inconclusive",
      ),
      'shadowdiff_gate_verdict{candidate="v2",threshold="errors",verdict="pass"}': 1,
      'shadowdiff_gate_verdict{candidate="v2",threshold="errors",verdict="fail"}': 0,
      'shadowdiff_gate_verdict{candidate="v2",threshold="errors",verdict="inconclusive"}': 0,
      'shadowdiff_parity_ratio{candidate="v2"}': 0.99,
      'shadowdiff_parity_low_ratio{candidate="v2"}': parity.low,
      'shadowdiff_parity_high_ratio{candidate="v2"}': parity.high,
      'shadowdiff_parity_required_ratio{candidate="v2"}': 0.999,
      'shadowdiff_compared_exchanges{candidate="v2"}': 5000,
      'shadowdiff_latency_ratio{candidate="v2"}': latency.ratio.estimate,
      'shadowdiff_latency_low_ratio{candidate="v2"}': latency.ratio.low,
      'shadowdiff_latency_high_ratio{candidate="v2"}': latency.ratio.high,
      'shadowdiff_latency_allowed_ratio{candidate="v2"}': 1.1,
      'shadowdiff_unreviewed_causes{candidate="v2",verdict="real"}': 1,
      'shadowdiff_unreviewed_causes{candidate="v2",verdict="likely"}': 0,
      'shadowdiff_run_info{run="2026-11-20T10-00-00-ab12",name="calculator 2"}': 1,
      shadowdiff_run_start_time_seconds: Date.UTC(2026, 10, 20, 10) / 1000,
      shadowdiff_report_timestamp_seconds: 1_767_312_000.5,
      shadowdiff_report_build_duration_seconds: 0.025,
    });
  });

  it("has no series for what was not measured, because 0 would be a measurement", async () => {
    const series = Object.keys(await seriesOf(async () => built(await reportOf({}))));
    expect(series).toContain('shadowdiff_compared_exchanges{candidate="v2"}');
    expect(series).toContain('shadowdiff_needed_exchanges{candidate="v2"}');
    expect(series).toContain('shadowdiff_parity_required_ratio{candidate="v2"}');
    const measurements = /^shadowdiff_(parity_(low_|high_)?ratio|latency_(low_|high_)?ratio|gate_verdict.*latency)/;
    expect(series.filter((name) => measurements.test(name))).toEqual([]);
  });

  it("tells how many exchanges a run without differences still needs", async () => {
    const report = await reportOf({ outcomes: [outcome(1000, [])] });
    expect(report.needed).toBeGreaterThan(1000);
    expect(await seriesOf(async () => built(report))).toMatchObject({
      'shadowdiff_needed_exchanges{candidate="v2"}': report.needed,
      'shadowdiff_verdict{candidate="v2",verdict="inconclusive"}': 1,
    });
  });

  it("has series for every candidate, and forgets those of the last scrape", async () => {
    const registry = new Registry();
    let reports = built(await reportOf(ROWS), { ...(await reportOf({})), candidate: "v3" });
    createReportMetrics(registry, async () => reports);
    const parityOf = async (): Promise<string[]> =>
      (await registry.getSingleMetricAsString("shadowdiff_parity_required_ratio")).split("\n").slice(2);
    expect(await parityOf()).toEqual([
      'shadowdiff_parity_required_ratio{candidate="v2"} 0.999',
      'shadowdiff_parity_required_ratio{candidate="v3"} 0.999',
    ]);
    reports = built({ ...(await reportOf({})), candidate: "v4" });
    expect(await parityOf()).toEqual(['shadowdiff_parity_required_ratio{candidate="v4"} 0.999']);
  });

  it("has no series while there is no report", async () => {
    expect(await seriesOf(async () => null)).toEqual({});
  });
});
