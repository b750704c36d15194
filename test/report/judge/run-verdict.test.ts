import { describe, expect, it } from "vitest";
import type { Accounting } from "../../../src/model/accounting.ts";
import type { Judgment } from "../../../src/report/judge/gate-thresholds.ts";
import { blocksRun, decideRunVerdict, runThresholds, type RunEvidence } from "../../../src/report/judge/run-verdict.ts";
import { parityEvidence } from "../../../src/report/judge/parity-verdict.ts";
import { NO_SERIES } from "../../../src/report/statistics/block-series.ts";
import { wilsonInterval } from "../../../src/report/statistics/wilson-interval.ts";
import { GATE } from "../memory-reader.ts";

const TWO_ENDPOINTS = ["GET /a", "GET /b"].map((endpoint) => {
  return { endpoint, verdict: "pass" as const, reasons: [], isBlocking: false };
});

const PASS: Judgment = { verdict: "pass", reasons: [] };

const NOTHING: Accounting = {
  received: 0,
  inFlight: 0,
  interrupted: 0,
  lost: 0,
  forgotten: 0,
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
    secondaryFailures: [],
    counting,
    proven: counting,
    unknown: 0,
    parity: wilsonInterval(compared - counting, compared),
    compared,
    below: parityEvidence({ compared, proven: more.proven ?? counting }, GATE, NO_SERIES),
    latency: null,
    errors: PASS,
    primarySuccess: compared === 0 ? null : wilsonInterval(compared, compared),
    endpoints: TWO_ENDPOINTS,
    uncovered: [],
    overflow: { endpoints: 0, templates: [], differenceSets: 0 },
    known: 0,
    ...more,
  };
}

const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

const withSecondary = (compared: number, counting: number, noiseCompared: number) => {
  const accounting = { ...NOTHING, received: compared, mirrored: compared, compared, noiseCompared };
  return decideRunVerdict(evidence(compared, counting, { accounting, hasSecondary: true }), GATE);
};

describe("decideRunVerdict", () => {
  it("passes with enough compared responses and confirmed parity, and says so", () => {
    expect(decideRunVerdict(evidence(7070, 1), GATE)).toEqual({
      verdict: "pass",
      reasons: ["7,069 of 7,070 responses agree (parity 99.99%, required 99.9%)"],
    });
  });

  it("is inconclusive if the primary answered mostly errors: a wrong base path is not tested", () => {
    const wrong = { primarySuccess: wilsonInterval(0, 5000) };
    expect(decideRunVerdict(evidence(5000, 0, wrong), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "the primary answered mostly errors: 0% of its responses are 2xx or 3xx, required 50% (gate.minSuccess); " +
          "check the base path and the credentials of the traffic",
      ],
    });
    const half = { primarySuccess: wilsonInterval(2500, 5000) };
    expect(decideRunVerdict(evidence(5000, 0, half), GATE).verdict).toBe("pass");
    const failing = decideRunVerdict(evidence(5000, 100, wrong), GATE);
    expect(failing).toMatchObject({ verdict: "fail", reasons: [/100 of 5,000/, /mostly errors/].map(matching) });
    expect(decideRunVerdict(evidence(5000, 0, wrong), { ...GATE, minSuccess: 0 }).verdict).toBe("pass");
    expect(decideRunVerdict(evidence(5000, 0, { primarySuccess: null }), GATE).verdict).toBe("pass");
  });

  it("is inconclusive with health checks only or too few endpoints, and names a single endpoint", () => {
    expect(judge(["GET /healthz", "HEAD /actuator/health", "GET /metrics"])).toEqual({
      verdict: "inconclusive",
      reasons: [
        "only health checks were compared (GET /healthz, HEAD /actuator/health, GET /metrics): they say nothing about the service",
      ],
    });
    const agree = "5,000 of 5,000 responses agree (parity 100%, required 99.9%)";
    expect(judge(["GET /healthz", "GET /orders/{id}/status"])).toEqual({
      verdict: "pass",
      reasons: [agree, "only one endpoint was compared: GET /orders/{id}/status"],
    });
    expect(judge(["GET /a", "GET /b"], 3)).toEqual({
      verdict: "inconclusive",
      reasons: ["2 endpoints compared, required 3 (gate.minEndpoints)"],
    });
    expect(judge(["GET /healthz"], 0).verdict).toBe("pass");
  });

  it("passes although an endpoint without a difference has too little traffic to be judged", () => {
    const endpoints = [
      { endpoint: "GET /rare", verdict: "inconclusive" as const, reasons: ["required 998 more"], isBlocking: false },
    ];
    expect(decideRunVerdict(evidence(5000, 0, { endpoints }), GATE).verdict).toBe("pass");
  });

  it("does not pass while an endpoint has too little traffic to judge its differences", () => {
    const endpoints = [
      { endpoint: "GET /rare", verdict: "inconclusive" as const, reasons: ["required 998 more"], isBlocking: true },
    ];
    expect(decideRunVerdict(evidence(8000, 1, { endpoints }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["GET /rare: required 998 more"],
    });
  });

  it("fails if an endpoint fails, whatever the others do and however little was compared", () => {
    const endpoints = [
      { endpoint: "GET /a", verdict: "fail" as const, reasons: ["it is slow", "it differs"], isBlocking: true },
      { endpoint: "GET /b", verdict: "inconclusive" as const, reasons: ["required 998 more"], isBlocking: true },
    ];
    expect(decideRunVerdict(evidence(12, 0, { endpoints }), GATE)).toEqual({
      verdict: "fail",
      reasons: ["GET /a: it is slow", "GET /a: it differs"],
    });
  });

  it("names 20 failing endpoints and counts the rest", () => {
    const endpoints = Array.from({ length: 23 }, (_, index) => {
      return { endpoint: `GET /${index}`, verdict: "fail" as const, reasons: ["it differs"], isBlocking: true };
    });
    const { reasons } = decideRunVerdict(evidence(100_000, 23, { endpoints }), GATE);
    expect(reasons).toHaveLength(21);
    expect(reasons.at(-1)).toBe("3 more endpoints fail");
  });

  it("fails if all exchanges together are below the gate although no endpoint is", () => {
    expect(decideRunVerdict(evidence(10_000, 40), GATE)).toEqual({
      verdict: "fail",
      reasons: ["all endpoints: 40 of 10,000 responses differ (parity 99.6%, required 99.9%)"],
    });
  });

  it("fails or is inconclusive by the latency and the errors of all exchanges together", () => {
    const slow: Judgment = { verdict: "fail", reasons: ["it is slow"] };
    const open: Judgment = { verdict: "inconclusive", reasons: ["its errors are open"] };
    expect(decideRunVerdict(evidence(5000, 0, { latency: slow, errors: open }), GATE)).toEqual({
      verdict: "fail",
      reasons: ["all endpoints: it is slow"],
    });
    expect(decideRunVerdict(evidence(5000, 0, { latency: PASS, errors: open }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["all endpoints: its errors are open"],
    });
    expect(decideRunVerdict(evidence(5000, 0, { latency: PASS }), GATE).verdict).toBe("pass");
  });

  it("does not pass while an endpoint of the coverage has too few responses", () => {
    expect(decideRunVerdict(evidence(5000, 0, { uncovered: ["GET /a", "POST /b/**"] }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["too few responses on endpoints that the gate covers: GET /a, POST /b/**"],
    });
  });

  it("needs more if too few were compared to confirm parity", () => {
    expect(decideRunVerdict(evidence(420, 0), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["all endpoints: needs 3,684 more responses (420 so far) to confirm 99.9% parity"],
    });
  });

  it("needs more if parity is still undecided", () => {
    expect(decideRunVerdict(evidence(2500, 3), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "all endpoints: 3 of 2,500 responses differ (parity 99.88%, required 99.9%); " +
          "needs 8,870 more responses without a difference (2,500 so far) to confirm 99.9% parity",
      ],
    });
  });

  it("uses the singular for one", () => {
    const fail = Array.from({ length: 21 }, (_, index) => {
      return { endpoint: `GET /${index}`, verdict: "fail" as const, reasons: [], isBlocking: false };
    });
    const accounting = { ...NOTHING, received: 1, mirrored: 1, compared: 1, skipped: { timeout: 1 } };
    const overflow = { endpoints: 1, templates: ["GET /posts/{post}", "PUT /posts/{post}"], differenceSets: 1 };
    expect(decideRunVerdict(evidence(1, 1, { accounting, endpoints: fail, overflow }), GATE).reasons).toEqual([
      "1 more endpoint fails",
      "1 of 1 request (100%) was mirrored but skipped: timeout 1",
      "1 response on endpoints beyond the cap, counted as one endpoint; add to compare.endpoints: GET /posts/{post}, PUT /posts/{post}",
      "1 response with difference sets beyond the cap, whose fields are unknown",
    ]);
    expect(decideRunVerdict(evidence(1, 1), GATE).reasons[0]).toMatch(
      /^all endpoints: 1 of 1 response differs \(parity 0%/,
    );
    expect(decideRunVerdict(evidence(7071, 1), GATE).reasons[0]).toMatch(/^7,070 of 7,071 responses agree /);
    const received = { ...NOTHING, inFlight: 1 };
    expect(decideRunVerdict(evidence(0, 0, { accounting: received }), GATE).reasons[0]).toMatch(
      /: 1 request received, 1 in flight$/,
    );
  });

  it("does not pass when the counts do not add up or earlier ones are gone, and still fails then", () => {
    const { accounting } = evidence(7070, 1);
    const lost = { accounting: { ...accounting, lost: 2 } };
    const whatIsLost =
      "the counts do not add up: 2 of 7,070 requests lost; this is a defect of shadowdiff, please report it";
    expect(decideRunVerdict(evidence(7070, 1, lost), GATE)).toEqual({ verdict: "inconclusive", reasons: [whatIsLost] });
    expect(decideRunVerdict(evidence(7070, 1, { accounting: { ...accounting, forgotten: 1 } }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "the store was replaced during the run (its file, or by a standby that did not have the last commits): the counts of 1 request are not in this report; begin a new run",
      ],
    });
    const failing = decideRunVerdict(evidence(7070, 700, lost), GATE);
    expect([failing.verdict, failing.reasons[1]]).toEqual(["fail", whatIsLost]);
  });

  it("says how many requests were in flight when the process ended", () => {
    const { accounting } = evidence(7070, 1);
    const interrupted = evidence(7070, 1, { accounting: { ...accounting, interrupted: 3 } });
    const { verdict, reasons } = decideRunVerdict(interrupted, GATE);
    expect([verdict, reasons[1]]).toEqual([
      "pass",
      "3 of 7,073 requests were in flight when the process or its thread ended",
    ]);
  });

  it("does not fail on differences with unknown fields", () => {
    const unknown = evidence(2000, 600, {
      proven: 0,
      unknown: 600,
      overflow: { endpoints: 0, templates: [], differenceSets: 600 },
    });
    expect(decideRunVerdict(unknown, GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        expect.stringMatching(
          /^all endpoints: 600 of 2,000 responses differ \(parity 70%, required 99.9%\); cannot pass while more /,
        ),
        "600 responses with difference sets beyond the cap, whose fields are unknown",
      ],
    });
  });

  it("is inconclusive if nothing was compared, and says what happened to the requests", () => {
    expect(decideRunVerdict(evidence(0, 0), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["nothing compared: no request received"],
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
    expect(decideRunVerdict(evidence(0, 0, { accounting }), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "nothing compared: 1,300 requests received, 1,198 not mirrored (method 1,100, route 98), 60 sampled out, " +
          "2 dropped (queue 2), 40 skipped (primary-failed 40)",
        "40 of 40 requests (100%) were mirrored but skipped: primary-failed 40",
      ],
    });
  });

  it("is inconclusive if more than 1% of the candidate's responses timed out beside a slow primary", () => {
    const accounting = { ...NOTHING, received: 10_000, mirrored: 10_000, compared: 9_900 };
    const at = evidence(9_900, 0, { accounting: { ...accounting, skipped: { saturated: 100 } } });
    expect(decideRunVerdict(at, GATE).verdict).toBe("pass");
    const above = evidence(9_899, 0, { accounting: { ...accounting, compared: 9_899, skipped: { saturated: 101 } } });
    expect(decideRunVerdict(above, GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "the candidate timed out in 101 of 10,000 mirrored requests (1.01%) in which the primary was about as slow (skipped: saturated); send fewer requests per second, or give the versions a machine each",
      ],
    });
  });

  it("is inconclusive if more than half of the mirrored requests were skipped", () => {
    const half = { ...NOTHING, received: 10_000, mirrored: 10_000, compared: 5000, matched: 5000 };
    const at = decideRunVerdict(evidence(5000, 0, { accounting: { ...half, skipped: { timeout: 5000 } } }), GATE);
    expect(at.verdict).toBe("pass");
    const above = decideRunVerdict(
      evidence(5000, 0, { accounting: { ...half, mirrored: 10_001, skipped: { timeout: 5001 } } }),
      GATE,
    );
    expect(above).toEqual({
      verdict: "inconclusive",
      reasons: [
        "more than half of the mirrored requests were skipped",
        "5,001 of 10,001 requests (50%) were mirrored but skipped: timeout 5,001",
      ],
    });
  });

  it("names a high share of drops with any verdict, but not a low one", () => {
    const accounting = { ...NOTHING, received: 5500, mirrored: 5000, compared: 5000, matched: 5000 };
    const dropped = { ...accounting, dropped: { bytes: 50, queue: 450 } };
    expect(decideRunVerdict(evidence(5000, 0, { accounting: dropped }), GATE)).toEqual({
      verdict: "pass",
      reasons: [
        "5,000 of 5,000 responses agree (parity 100%, required 99.9%)",
        "500 of 5,500 requests (9.09%) were dropped before mirroring: queue 450, bytes 50",
      ],
    });
    const few = { ...accounting, dropped: { queue: 250 } };
    expect(decideRunVerdict(evidence(5000, 0, { accounting: few }), GATE).reasons).toHaveLength(1);
  });

  it("says with any verdict that noise is unknown without a usable secondary response", () => {
    const silence = "the secondary returned no usable response, so noise could not be measured";
    for (const [compared, counting, verdict] of [
      [5000, 0, "pass"],
      [10_000, 40, "fail"],
      [420, 0, "inconclusive"],
    ] as const) {
      const { verdict: given, reasons } = withSecondary(compared, counting, 0);
      // What keeps a run undecided is the first thing to mend.
      expect([given, reasons.at(verdict === "inconclusive" ? 0 : -1)]).toEqual([verdict, silence]);
      expect(withSecondary(compared, counting, 1).reasons).not.toContain(silence);
      expect(decideRunVerdict(evidence(compared, counting), GATE).reasons).not.toContain(silence);
    }
    expect(withSecondary(0, 0, 0).reasons).not.toContain(silence);
  });
});

function judge(names: readonly string[], minEndpoints = 1) {
  return decideRunVerdict(evidence(5000, 0, endpointsOf(...names)), { ...GATE, minEndpoints });
}

function endpointsOf(...names: string[]) {
  return {
    endpoints: names.map((endpoint) => ({ endpoint, verdict: "pass" as const, reasons: [], isBlocking: false })),
  };
}

describe("runThresholds", () => {
  it("are exactly the gate's if no endpoint has its own", () => {
    const endpoints = [3, 7, 1_234_567].map((compared) => ({ compared, thresholds: GATE }));
    const { parity, errorRate, minCompared, minSuccess, minEndpoints } = GATE;
    const expected = { parity, errorRate, minCompared, minSuccess, minEndpoints };
    expect(runThresholds(GATE, endpoints)).toEqual(expected);
    expect(runThresholds(GATE, [])).toEqual(expected);
  });

  it("allow as many differences as the endpoints together", () => {
    const { parity, errorRate } = runThresholds(GATE, [
      { compared: 9000, thresholds: GATE },
      { compared: 1000, thresholds: { ...GATE, parity: 0.9, errorRate: 0.011 } },
    ]);
    expect(parity).toBeCloseTo((9000 * 0.999 + 1000 * 0.9) / 10_000, 12);
    expect(errorRate).toBeCloseTo(0.002, 12);
  });
});

describe("blocksRun", () => {
  it.each([
    ["no difference, however little traffic", 3, 0, false],
    ["a difference and less traffic than the gate requires", 999, 1, true],
    ["more differences than allowed", 2000, 21, true],
    ["no more differences than allowed", 2000, 20, false],
  ])("with %s", (_, compared, counting, open) => {
    expect(blocksRun({ compared, counting, latency: null }, { ...GATE, parity: 0.99 }, false)).toBe(open);
    const slow = { verdict: "inconclusive", reasons: [] } as const;
    expect(blocksRun({ compared, counting, latency: slow }, { ...GATE, parity: 0.99 }, false)).toBe(open);
    expect(blocksRun({ compared, counting, latency: slow }, { ...GATE, parity: 0.99 }, true)).toBe(true);
  });
});
