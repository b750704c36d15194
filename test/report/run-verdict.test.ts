import { describe, expect, it } from "vitest";
import type { Accounting } from "../../src/model/report.ts";
import { judgeRun, type RunEvidence } from "../../src/report/run-verdict.ts";
import { wilsonInterval } from "../../src/report/statistics.ts";

const GATE = { parity: 0.999, latencyRatio: 1.1, minCompared: 1000 };

const NOTHING: Accounting = {
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
};

function evidence(compared: number, counting: number, more: Partial<RunEvidence> = {}): RunEvidence {
  return {
    accounting: { ...NOTHING, received: compared, mirrored: compared, compared, matched: compared },
    hasSecondary: false,
    counting,
    unknown: 0,
    parity: wilsonInterval(compared - counting, compared),
    latency: { ratio: null, bias: null },
    latencyPairs: 0,
    endpoints: [],
    overflow: { endpoints: 0, differenceSets: 0 },
    ...more,
  };
}

const withSecondary = (compared: number, counting: number, noiseCompared: number) => {
  const accounting = { ...NOTHING, received: compared, mirrored: compared, compared, noiseCompared };
  return judgeRun(evidence(compared, counting, { accounting, hasSecondary: true }), GATE);
};

describe("judgeRun", () => {
  it("passes with enough compared and parity reached, and says so", () => {
    expect(judgeRun(evidence(1204, 1), GATE)).toEqual({
      verdict: "pass",
      reasons: ["1,203 of 1,204 compared answers agree (parity 99.92 %, needs 99.9 %)"],
    });
  });

  it("passes although an endpoint without a difference has too little traffic to be judged", () => {
    const endpoints = [
      { endpoint: "GET /rare", verdict: "inconclusive" as const, reasons: ["needs 998 more"], counting: 0 },
    ];
    expect(judgeRun(evidence(5000, 0, { endpoints }), GATE).verdict).toBe("pass");
  });

  it("does not pass while an endpoint has differences that nobody can weigh yet", () => {
    const endpoints = [
      { endpoint: "GET /rare", verdict: "inconclusive" as const, reasons: ["needs 998 more"], counting: 1 },
    ];
    expect(judgeRun(evidence(5000, 1, { endpoints }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["GET /rare: needs 998 more"],
    });
  });

  it("fails when an endpoint fails, whatever the others do and however little was compared", () => {
    const endpoints = [
      { endpoint: "GET /a", verdict: "fail" as const, reasons: ["it is slow", "it differs"], counting: 1 },
      { endpoint: "GET /b", verdict: "inconclusive" as const, reasons: ["needs 998 more"], counting: 1 },
    ];
    expect(judgeRun(evidence(12, 0, { endpoints }), GATE)).toEqual({
      verdict: "fail",
      reasons: ["GET /a: it is slow", "GET /a: it differs"],
    });
  });

  it("names 20 failing endpoints and counts the rest", () => {
    const endpoints = Array.from({ length: 23 }, (_, index) => {
      return { endpoint: `GET /${index}`, verdict: "fail" as const, reasons: ["it differs"], counting: 1 };
    });
    const { reasons } = judgeRun(evidence(100_000, 23, { endpoints }), GATE);
    expect(reasons).toHaveLength(21);
    expect(reasons.at(-1)).toBe("3 more endpoints fail");
  });

  it("fails when all exchanges together are below the gate though no endpoint is by itself", () => {
    expect(judgeRun(evidence(10_000, 40), GATE)).toEqual({
      verdict: "fail",
      reasons: ["40 of all 10,000 compared answers differ (parity 99.6 %, needs 99.9 %)"],
    });
  });

  it("fails when all exchanges together are too slow though no endpoint has enough pairs", () => {
    const latency = { ratio: { estimate: 2, low: 1.9, high: 2.1 }, bias: null };
    expect(judgeRun(evidence(1000, 0, { latency, latencyPairs: 1000 }), GATE)).toEqual({
      verdict: "fail",
      reasons: ["over all endpoints the candidate takes 2 times as long as the primary (at least 1.9, allowed 1.1)"],
    });
  });

  it("needs more when too few were compared", () => {
    expect(judgeRun(evidence(420, 0), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["needs 580 more compared answers (420 of 1,000)"],
    });
  });

  it("needs more when parity may still turn out either way", () => {
    expect(judgeRun(evidence(2500, 3), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "3 of all 2,500 compared answers differ (parity 99.88 %, needs 99.9 %): needs 500 more without a difference",
      ],
    });
  });

  it("does not fail on differences whose fields are not known", () => {
    const unknown = evidence(2000, 600, { unknown: 600, overflow: { endpoints: 0, differenceSets: 600 } });
    expect(judgeRun(unknown, GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "600 of all 2,000 compared answers differ (parity 70 %, needs 99.9 %): needs 598,000 more without a difference",
        "600 compared answers are beyond the cap of distinct difference sets: which fields differ in them is not known",
      ],
    });
  });

  it("is inconclusive when nothing was compared, and says what became of the requests", () => {
    expect(judgeRun(evidence(0, 0), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["nothing was compared: no request has arrived"],
    });
    const accounting: Accounting = {
      ...NOTHING,
      received: 1300,
      sampledOut: 60,
      mirrored: 40,
      notMirrored: { method: 1100, route: 98 },
      dropped: { queue: 2 },
      skipped: { "primary-failed": 40 },
    };
    expect(judgeRun(evidence(0, 0, { accounting }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "nothing was compared: of 1,300 requests 1,198 not mirrored (method 1,100, route 98), 60 sampled out, " +
          "2 dropped (queue 2), 40 skipped (primary-failed 40)",
        "40 of 40 requests (100 %) were mirrored, but could not be judged: primary-failed 40",
      ],
    });
  });

  it("is inconclusive when more than half of the mirrored could not be judged", () => {
    const half = { ...NOTHING, received: 4000, mirrored: 4000, compared: 2000, matched: 2000 };
    const at = judgeRun(evidence(2000, 0, { accounting: { ...half, skipped: { timeout: 2000 } } }), GATE);
    expect(at.verdict).toBe("pass");
    const above = judgeRun(
      evidence(2000, 0, { accounting: { ...half, mirrored: 4001, skipped: { timeout: 2001 } } }),
      GATE,
    );
    expect(above).toEqual({
      verdict: "inconclusive",
      reasons: [
        "most of what was mirrored could not be judged",
        "2,001 of 4,001 requests (50.01 %) were mirrored, but could not be judged: timeout 2,001",
      ],
    });
  });

  it("names a high share of drops beside any verdict, and is silent about a low one", () => {
    const accounting = { ...NOTHING, received: 2200, mirrored: 2000, compared: 2000, matched: 2000 };
    const dropped = { ...accounting, dropped: { bytes: 20, queue: 180 } };
    expect(judgeRun(evidence(2000, 0, { accounting: dropped }), GATE)).toEqual({
      verdict: "pass",
      reasons: [
        "2,000 of 2,000 compared answers agree (parity 100 %, needs 99.9 %)",
        "200 of 2,200 requests (9.09 %) were dropped before they were mirrored: queue 180, bytes 20",
      ],
    });
    const few = { ...accounting, dropped: { queue: 100 } };
    expect(judgeRun(evidence(2000, 0, { accounting: few }), GATE).reasons).toHaveLength(1);
  });

  it("says beside any verdict that a secondary without a usable answer told nothing of noise", () => {
    const silence = "the secondary gave no usable answer, so noise could not be told from change";
    for (const [compared, counting, verdict] of [
      [2000, 0, "pass"],
      [10_000, 40, "fail"],
      [420, 0, "inconclusive"],
    ] as const) {
      const { verdict: given, reasons } = withSecondary(compared, counting, 0);
      expect([given, reasons.at(-1)]).toEqual([verdict, silence]);
      expect(withSecondary(compared, counting, 1).reasons).not.toContain(silence);
      expect(judgeRun(evidence(compared, counting), GATE).reasons).not.toContain(silence);
    }
    expect(withSecondary(0, 0, 0).reasons).not.toContain(silence);
  });
});
