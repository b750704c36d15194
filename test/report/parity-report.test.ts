import { describe, expect, it } from "vitest";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type { Report } from "../../src/model/report.ts";
import type { OutcomeRow } from "../../src/store/store.ts";
import { bucketOf, valueAt } from "../../src/lib/log-buckets.ts";
import { OVERFLOW_ENDPOINT } from "../../src/lib/overflow-endpoint.ts";
import { buildReport } from "../../src/report/parity-report.ts";
import { measured, memoryReader, ORDERS, outcome, RUN, type Rows } from "./memory-reader.ts";

function reportOf(rows: Rows): Report {
  return buildReport(memoryReader(rows), RUN, "v2");
}

function counted(
  fate: AccountingCount["fate"],
  count: number,
  reason: AccountingCount["reason"] = "",
): AccountingCount {
  return { minute: 0, candidate: "v2", fate, reason, count };
}

/** A set beyond the cap. */
function beyond(differed: boolean): Partial<OutcomeRow> {
  return { beyondCap: true, overflow: differed };
}

function named(endpoint: string, count: number, marks: readonly string[]): OutcomeRow {
  return outcome(count, marks, { endpoint });
}

describe("buildReport", () => {
  it("of a run without a single row is inconclusive and complete", () => {
    expect(reportOf({})).toEqual({
      run: { id: RUN.id, name: "calculator 2", startedAt: Date.UTC(2026, 10, 20, 10) },
      candidate: "v2",
      verdict: "inconclusive",
      reasons: ["nothing was compared: no request has arrived"],
      gate: RUN.gate,
      accounting: {
        received: 0,
        sampledOut: 0,
        mirrored: 0,
        compared: 0,
        matched: 0,
        differed: 0,
        noiseCompared: 0,
        notMirrored: {},
        dropped: {},
        skipped: {},
      },
      parity: { rate: 0, low: 0, high: 1 },
      latency: {
        primary: { p50: null, p95: null, p99: null },
        candidate: { p50: null, p95: null, p99: null },
        secondary: { p50: null, p95: null, p99: null },
        ratio: null,
        bias: null,
      },
      overflow: { endpoints: 0, differenceSets: 0 },
      endpoints: [],
    });
  });

  it("adds accounting up by reason and keeps its invariants", () => {
    const { accounting } = reportOf({
      accounting: [
        counted("received", 100),
        counted("received", 50),
        counted("notMirrored", 20, "method"),
        counted("notMirrored", 3, "loop"),
        counted("sampledOut", 30),
        counted("dropped", 4, "queue"),
        counted("dropped", 1, "queue"),
        counted("dropped", 2, "bytes"),
        counted("mirrored", 90),
        counted("skipped", 7, "client-aborted"),
      ],
      outcomes: [
        outcome(60, []),
        outcome(20, ["body $.x value raw"], { paired: false }),
        outcome(3, ["body $.x value noise"]),
      ],
    });
    expect(accounting).toEqual({
      received: 150,
      sampledOut: 30,
      mirrored: 90,
      compared: 83,
      matched: 63,
      differed: 20,
      noiseCompared: 63,
      notMirrored: { method: 20, loop: 3 },
      dropped: { queue: 5, bytes: 2 },
      skipped: { "client-aborted": 7 },
    });
    expect(accounting.received).toBe(20 + 3 + accounting.sampledOut + accounting.mirrored + 5 + 2);
    expect(accounting.mirrored).toBe(accounting.compared + 7);
    expect(accounting.compared).toBe(accounting.matched + accounting.differed);
  });

  it("counts an exchange against parity once, however many fields differ, and not for noise alone", () => {
    const report = reportOf({
      outcomes: [
        outcome(1890, []),
        outcome(60, ["body $.now value both"]),
        outcome(20, ["body $.now value raw"]),
        outcome(20, ["body $.now value noise"]),
        outcome(8, ["body $.now value both", "body $.price value raw", "header etag header raw"]),
        outcome(2, ["body $.price value raw"]),
      ],
    });
    const [endpoint] = report.endpoints;
    expect(endpoint).toMatchObject({ compared: 2000, matched: 1910, differed: 90, noiseCompared: 2000 });
    expect(endpoint?.parity.rate).toBe(0.995);
    expect(report.parity).toEqual(endpoint?.parity);
    expect(endpoint?.differences).toEqual([
      { section: "body", path: "$.price", kind: "value", count: 10, noise: 0, both: 0, verdict: "real" },
      { section: "header", path: "etag", kind: "header", count: 8, noise: 0, both: 0, verdict: "real" },
      { section: "body", path: "$.now", kind: "value", count: 88, noise: 88, both: 68, verdict: "noise" },
    ]);
    expect(report.verdict).toBe("fail");
    expect(report.reasons[0]).toBe(
      "GET /orders/{id}: 10 of 2,000 answers differ in body $.price, header etag (parity 99.5 %, needs 99.9 %)",
    );
  });

  it("passes a candidate that differs in nothing but noise", () => {
    const report = reportOf({
      outcomes: [outcome(5, ["body $.now value raw"]), outcome(995, ["body $.now value both"])],
    });
    expect(report.verdict).toBe("pass");
    expect(report.endpoints[0]).toMatchObject({ matched: 0, differed: 1000, parity: { rate: 1, high: 1 } });
  });

  it("takes every difference for real where no secondary answered, but only there", () => {
    const noise = ["body $.now value both"];
    const report = reportOf({
      outcomes: [
        outcome(2000, noise),
        outcome(50, ["body $.now value raw"], { endpoint: "GET /alone", paired: false }),
      ],
    });
    expect(report.endpoints.map(({ endpoint, verdict }) => [endpoint, verdict])).toEqual([
      ["GET /alone", "fail"],
      [ORDERS, "pass"],
    ]);
  });

  it("fails a run for a single transport failure, with that reason", () => {
    const report = reportOf({ outcomes: [outcome(9999, []), outcome(1, ["transport $ transport raw"])] });
    expect(report.verdict).toBe("fail");
    expect(report.reasons).toEqual([
      "GET /orders/{id}: the candidate gave no complete answer to 1 of 10,000 requests (transport)",
    ]);
  });

  it("counts sets beyond the cap by whether they differed, and lets them neither pass nor fail", () => {
    const report = reportOf({
      outcomes: [
        outcome(1500, ["body $.now value both"]),
        outcome(300, [], beyond(true)),
        outcome(200, [], beyond(false)),
      ],
    });
    expect(report.accounting).toMatchObject({ compared: 2000, matched: 200, differed: 1800 });
    expect(report.parity.rate).toBe(0.85);
    expect(report.overflow).toEqual({ endpoints: 0, differenceSets: 500 });
    expect(report.verdict).toBe("inconclusive");
  });

  it("does not excuse an exchange with more differences than are listed, though the listed ones are noise", () => {
    const report = reportOf({
      outcomes: [outcome(1999, ["body $.now value both"]), outcome(1, ["body $.now value both"], { overflow: true })],
    });
    expect(report.parity.rate).toBe(1999 / 2000);
  });

  it("knows that only the secondary had more differences than are listed", () => {
    const report = reportOf({ outcomes: [outcome(2000, ["body $.now value noise"], { overflow: true })] });
    expect(report.accounting).toMatchObject({ matched: 2000, differed: 0 });
    expect(report.parity.rate).toBe(1);
  });

  it("shows how much is on endpoints beyond the cap", () => {
    const report = reportOf({ outcomes: [outcome(1500, []), outcome(77, [], { endpoint: OVERFLOW_ENDPOINT })] });
    expect(report.overflow).toEqual({ endpoints: 77, differenceSets: 0 });
    expect(report.reasons[1]).toBe("77 compared answers are on endpoints beyond the cap and counted as one endpoint");
  });

  it("keeps endpoints of two routes apart, and sums them in the whole", () => {
    const report = reportOf({ outcomes: [outcome(600, []), outcome(500, [], { route: "other" })] });
    expect(report.endpoints.map(({ route, compared }) => [route, compared])).toEqual([
      ["default", 600],
      ["other", 500],
    ]);
    expect(report.accounting.compared).toBe(1100);
  });

  it("puts failing endpoints first, then those with open differences, then the rest by traffic", () => {
    const report = reportOf({
      outcomes: [
        named("GET /quiet", 10, []),
        named("GET /busy", 5000, []),
        named("GET /open", 1000, []),
        named("GET /open", 2, ["body $.x value raw"]),
        named("GET /bad", 9, ["body $.x value raw"]),
        named("GET /worse", 20, ["body $.x value raw"]),
      ],
    });
    expect(report.endpoints.map(({ endpoint, verdict }) => `${endpoint} ${verdict}`)).toEqual([
      "GET /worse fail",
      "GET /bad fail",
      "GET /open inconclusive",
      "GET /busy pass",
      "GET /quiet inconclusive",
    ]);
  });

  it("fails a slow endpoint, allowing what the machine adds to the secondary as well", () => {
    const slow = { outcomes: [outcome(2000, [])], minutes: measured("ratio", { 1.5: 2000 }) };
    const [reason] = reportOf(slow).endpoints[0]?.reasons ?? [];
    expect(reason).toBe("the candidate takes 1.51 times as long as the primary (at least 1.48, allowed 1.1)");
    const loaded = { ...slow, minutes: [...slow.minutes, ...measured("bias", { 1.4: 2000 })] };
    expect(reportOf(loaded).verdict).toBe("pass");
  });

  it("takes the latencies of each endpoint for itself and all together for the run", () => {
    const report = reportOf({
      outcomes: [outcome(300, []), outcome(100, [], { endpoint: "GET /slow" })],
      minutes: [...measured("primary", { 10: 300 }), ...measured("primary", { 900: 100 }, { endpoint: "GET /slow" })],
    });
    // Half of 300, of 100, and 200 of 300; the 95th percentile is the 80th of the slow 100.
    const [fast, slow] = [bucketOf(10), bucketOf(900)];
    expect(report.endpoints[0]?.latency.primary.p50).toBeCloseTo(valueAt(fast + 1 / 2), 9);
    expect(report.endpoints[1]?.latency.primary.p50).toBeCloseTo(valueAt(slow + 1 / 2), 9);
    expect(report.latency.primary.p50).toBeCloseTo(valueAt(fast + 2 / 3), 9);
    expect(report.latency.primary.p95).toBeCloseTo(valueAt(slow + 80 / 100), 9);
  });
});
