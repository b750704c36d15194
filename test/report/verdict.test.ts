import { describe, expect, it } from "vitest";
import type { FieldReport } from "../../src/model/report.ts";
import { wilsonInterval } from "../../src/report/statistics.ts";
import { allowedRatio, judgeEndpoint, stillNeeded, type EndpointEvidence } from "../../src/report/verdict.ts";

const GATE = { parity: 0.999, latencyRatio: 1.1, minCompared: 1000 };

const PRICE: FieldReport = {
  section: "body",
  path: "$.price",
  kind: "value",
  count: 31,
  noise: 0,
  both: 0,
  verdict: "real",
};
const NOISE: FieldReport = { ...PRICE, path: "$.now", verdict: "noise" };
const ETAG: FieldReport = { ...PRICE, section: "header", path: "etag", kind: "header", verdict: "likely" };
const TRANSPORT: FieldReport = { ...PRICE, section: "transport", path: "$", kind: "transport" };

function evidence(compared: number, counting: number, more: Partial<EndpointEvidence> = {}): EndpointEvidence {
  return {
    compared,
    counting,
    unknown: 0,
    transport: 0,
    parity: wilsonInterval(compared - counting, compared),
    fields: counting === 0 ? [NOISE] : [PRICE, NOISE],
    latency: { ratio: null, bias: null },
    latencyPairs: 0,
    ...more,
  };
}

function ratio(estimate: number, low: number, high: number) {
  return { estimate, low, high };
}

describe("judgeEndpoint", () => {
  it("passes with enough answers and none that differs", () => {
    expect(judgeEndpoint(evidence(1000, 0), GATE)).toEqual({ verdict: "pass", reasons: [] });
  });

  it("passes when the share of differing answers is allowed", () => {
    expect(judgeEndpoint(evidence(1000, 1), GATE)).toEqual({ verdict: "pass", reasons: [] });
  });

  it("fails when the whole parity interval is below the gate, and names the fields that are not noise", () => {
    expect(judgeEndpoint(evidence(420, 31), GATE)).toEqual({
      verdict: "fail",
      reasons: ["31 of 420 answers differ in body $.price (parity 92.62 %, needs 99.9 %)"],
    });
    const fields = [
      PRICE,
      ETAG,
      { ...PRICE, path: "$.a" },
      { ...PRICE, path: "$.b" },
      { ...PRICE, kind: "type" as const },
    ];
    expect(judgeEndpoint(evidence(420, 31, { fields }), GATE).reasons).toEqual([
      "31 of 420 answers differ in body $.price, header etag, body $.a and 1 more (parity 92.62 %, needs 99.9 %)",
    ]);
  });

  it("fails on few answers too, when these are bad enough", () => {
    expect(judgeEndpoint(evidence(1, 1), GATE).verdict).toBe("fail");
  });

  it("needs more when nothing differs yet", () => {
    expect(judgeEndpoint(evidence(420, 0), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: ["needs 580 more compared answers (420 of 1,000)"],
    });
  });

  it("needs more when the interval still reaches the gate, and says how many without a difference", () => {
    expect(judgeEndpoint(evidence(2500, 3), GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "3 of 2,500 answers differ in body $.price (parity 99.88 %, needs 99.9 %); needs 500 more without a difference",
      ],
    });
  });

  it("does not print a parity below the gate as if it had reached it", () => {
    const [reason] = judgeEndpoint(evidence(99_900, 100), GATE).reasons;
    expect(reason).toContain("(parity 99.8999 %, needs 99.9 %); needs 100 more without a difference");
  });

  it("fails a candidate that left a single request without an answer", () => {
    const few = evidence(5000, 1, { transport: 1, fields: [TRANSPORT] });
    expect(judgeEndpoint(few, GATE)).toEqual({
      verdict: "fail",
      reasons: ["the candidate gave no complete answer to 1 of 5,000 requests (transport)"],
    });
  });

  it("names transport and parity apart when both fail", () => {
    const both = evidence(420, 31, { transport: 20, fields: [TRANSPORT, PRICE] });
    expect(judgeEndpoint(both, GATE).reasons).toEqual([
      "the candidate gave no complete answer to 20 of 420 requests (transport)",
      "31 of 420 answers differ in transport, body $.price (parity 92.62 %, needs 99.9 %)",
    ]);
  });

  it("fails a candidate that is too slow beyond doubt", () => {
    const slow = evidence(1000, 0, { latency: { ratio: ratio(1.34, 1.3, 1.38), bias: null }, latencyPairs: 1000 });
    expect(judgeEndpoint(slow, GATE)).toEqual({
      verdict: "fail",
      reasons: ["the candidate takes 1.34 times as long as the primary (at least 1.3, allowed 1.1)"],
    });
  });

  it.each([
    ["only its estimate is above", ratio(1.2, 1.09, 1.3), null, 1000],
    ["the machine slows any mirrored leg as much", ratio(1.34, 1.3, 1.38), ratio(1.15, 1.1, 1.2), 1000],
    ["fewer than 100 were measured", ratio(1.34, 1.3, 1.38), null, 99],
  ])("does not fail a slow candidate when %s", (_, ratio, bias, latencyPairs) => {
    expect(judgeEndpoint(evidence(1000, 0, { latency: { ratio, bias }, latencyPairs }), GATE).verdict).toBe("pass");
  });

  it("says what of the allowance is the mirror's", () => {
    const latency = { ratio: ratio(1.5, 1.4, 1.6), bias: ratio(1.05, 1.02, 1.08) };
    expect(judgeEndpoint(evidence(1000, 0, { latency, latencyPairs: 100 }), GATE).reasons).toEqual([
      "the candidate takes 1.5 times as long as the primary (at least 1.4, allowed 1.19: 1.1 × 1.08 of a mirror)",
    ]);
  });

  it("neither passes nor fails on differences whose fields are not known", () => {
    const unknown = evidence(2000, 600, { unknown: 600, fields: [NOISE] });
    expect(judgeEndpoint(unknown, GATE)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "600 of 2,000 answers differ in fields beyond the caps (600, perhaps noise) (parity 70 %, needs 99.9 %); " +
          "needs 598,000 more without a difference",
      ],
    });
  });

  it("fails on the differences that are known, whatever else there is", () => {
    expect(judgeEndpoint(evidence(2000, 600, { unknown: 400 }), GATE).verdict).toBe("fail");
  });

  it("lets a gate of 100 % pass without a difference and fail with one", () => {
    const strict = { ...GATE, parity: 1 };
    expect(judgeEndpoint(evidence(1000, 0), strict).verdict).toBe("pass");
    expect(judgeEndpoint(evidence(1_000_000, 1), strict).verdict).toBe("fail");
  });
});

describe("stillNeeded", () => {
  it.each([
    [0, 0, 1000],
    [999, 0, 1],
    [1000, 1, 0],
    [1000, 2, 1000],
    [30_999, 31, 1],
    [31_000, 31, 0],
  ])("of %i compared and %i counting is %i", (compared, counting, needed) => {
    expect(stillNeeded({ compared, counting }, GATE)).toBe(needed);
  });

  it.each([0.5, 0.9, 0.95, 0.99, 0.999, 0.9999])(
    "is exactly enough for a gate of %d, and one less is not",
    (parity) => {
      const gate = { ...GATE, parity, minCompared: 1 };
      for (let counting = 1; counting < 200; counting++) {
        const total = counting + stillNeeded({ compared: counting, counting }, gate);
        expect((total - counting) / total).toBeGreaterThanOrEqual(parity);
        expect((total - 1 - counting) / (total - 1)).toBeLessThan(parity);
      }
    },
  );
});

describe("allowedRatio", () => {
  it("never tightens the gate when the secondary is faster than the primary", () => {
    expect(allowedRatio({ estimate: 0.9, low: 0.8, high: 0.95 }, GATE)).toBe(1.1);
    expect(allowedRatio(null, GATE)).toBe(1.1);
  });
});
