import { describe, expect, it } from "vitest";
import type { LatencyReport, Report } from "../../src/model/report.ts";
import { certaintyText, missingEvidence } from "../../src/presentation/verdict/missing-evidence.ts";
import { GATE, outcome, reportOf, RUN } from "../report/memory-reader.ts";

const PRICE = "body $.price value raw";

function textsOf(report: Report): string[] {
  return missingEvidence(report).map(({ text }) => text);
}

/** A report without what was measured, which would be inconclusive too. */
function undecided(latency: LatencyReport): LatencyReport {
  const ratio = { estimate: 1.05, low: 0.97, high: 1.14 };
  return { ...latency, ratio, ratioVerdict: "inconclusive", verdict: "inconclusive" };
}

describe("missingEvidence", () => {
  it("names how many exchanges each endpoint that keeps the run from passing needs, and all of them together", async () => {
    const report = await reportOf({
      outcomes: [
        outcome(899, [], { endpoint: "GET /a" }),
        outcome(1, [PRICE], { endpoint: "GET /a" }),
        outcome(5, [], { endpoint: "GET /rare" }),
      ],
    });
    const [endpoint] = report.endpoints;
    expect([report.verdict, endpoint?.isBlocking, report.endpoints[1]?.isBlocking]).toEqual([
      "inconclusive",
      true,
      false,
    ]);
    expect(missingEvidence(report)).toEqual([
      {
        text: `GET /a needs ${endpoint?.needed?.toLocaleString("en")} more exchanges without a difference.`,
        about: { endpoint: "GET /a", route: "default", cause: null },
      },
      {
        text: `${report.needed?.toLocaleString("en")} more exchanges without a difference to confirm 99.9% parity.`,
        about: null,
      },
    ]);
  });

  it("says that a secondary or a review decides what may be noise", async () => {
    const gate = { ...GATE, minCompared: 10 };
    const outcomes = [outcome(30, [PRICE], { paired: false })];
    const report = await reportOf({ outcomes }, { ...RUN, gate, secondary: null });
    expect([report.verdict, report.needed]).toEqual(["inconclusive", null]);
    expect(textsOf(report)).toEqual([
      "A secondary, or a self-check: without one, noise looks like a change.",
      "GET /orders/{id} has differences that may be noise: more exchanges, or a review, decide.",
    ]);
  });

  it("names an undecided latency with its interval, and once per endpoint", async () => {
    const report = await reportOf({ outcomes: [outcome(5000, [])] });
    const [endpoint] = report.endpoints;
    if (endpoint === undefined) throw new Error("there is no endpoint");
    const latency = undecided(report.latency);
    const slow = { ...endpoint, isBlocking: true, verdict: "inconclusive" as const, latency };
    expect(textsOf({ ...report, verdict: "inconclusive", latency, endpoints: [slow] })).toEqual([
      "The latency ratio of GET /orders/{id} is undecided: 0.97× – 1.14×, allowed 1.1×.",
      "The latency ratio of all endpoints is undecided: 0.97× – 1.14×, allowed 1.1×.",
    ]);
  });

  it("is empty if the verdict is certain or nothing was compared", async () => {
    for (const report of [
      await reportOf({ outcomes: [outcome(5000, [])] }),
      await reportOf({ outcomes: [outcome(5000, [PRICE])] }),
      await reportOf({}),
    ]) {
      expect(textsOf(report)).toEqual([]);
    }
  });
});

describe("certaintyText", () => {
  it("says whether more requests help", async () => {
    const rows = [outcome(5000, []), outcome(5000, [PRICE]), outcome(100, [])];
    const reports = await Promise.all(rows.map((row) => reportOf({ outcomes: [row] })));
    const texts = reports.map(certaintyText);
    expect(texts).toEqual([
      "The verdict is certain: no more requests are needed.",
      "The failure is certain: more requests will not change it. Fix, accept or hide its causes.",
      "Not certain yet: 4,004 more exchanges are needed. Missing:",
    ]);
    expect(certaintyText(await reportOf({}))).toBe("Nothing was compared yet.");
  });
});
