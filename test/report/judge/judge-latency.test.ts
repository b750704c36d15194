import { describe, expect, it } from "vitest";
import { bucketOf } from "../../../src/lib/log-buckets.ts";
import { evidenceBar } from "../../../src/report/statistics/e-values.ts";
import { allowedRatio, decideLatencyVerdict, type LatencyEvidence } from "../../../src/report/judge/judge-latency.ts";
import { bucketCounts } from "../memory-reader.ts";

function ratio(estimate: number, low: number, high: number) {
  return { estimate, low, high };
}

/** Exchanges by their ratio. */
function evidence(counts: Readonly<Record<string, number>>, more: Partial<LatencyEvidence> = {}): LatencyEvidence {
  const ratios = bucketCounts(
    Object.entries(counts).map(([value, count]) => ({ bucket: bucketOf(Number(value)), count })),
  );
  return { ratios, ratio: ratio(1.34, 1.3, 1.38), bias: null, ...more };
}

const judge = (of: LatencyEvidence, bar = evidenceBar()) => decideLatencyVerdict(of, 1.1, bar);

describe("decideLatencyVerdict", () => {
  it("fails a candidate that exceeds the limit in most responses, with the numbers", () => {
    expect(judge(evidence({ 1.5: 700, 1: 300 }))).toEqual({
      verdict: "fail",
      reasons: [
        "the candidate takes 1.34× as long as the primary (1.3× – 1.38×, limit 1.1×); " +
          "700 of 1,000 responses exceed the limit",
      ],
    });
  });

  it("passes a candidate that is within the limit in most responses", () => {
    expect(judge(evidence({ 1: 600, 1.5: 400 }))).toEqual({ verdict: "pass", reasons: [] });
    expect(judge(evidence({ 1: 7 }))?.verdict).toBe("pass"); // E = 26.8
  });

  it("is null if nothing was measured", () => {
    expect(judge(evidence({}))).toBeNull();
  });

  it("counts a response whose bucket contains the limit neither as above nor as within", () => {
    expect(judge(evidence({ 1.11: 1000 }))).toEqual({
      verdict: "inconclusive",
      reasons: [
        "the candidate takes 1.34× as long as the primary (1.3× – 1.38×, limit 1.1×); " +
          "of 1,000 responses, 0 exceed the limit and 0 are clearly within it; this is too close to the limit to decide",
      ],
    });
  });

  it("names how many more responses are needed at the current share", () => {
    const [reason] = judge(evidence({ 1: 33, 1.5: 27 }))?.reasons ?? [];
    const needed = Number(/about ([\d,]+) more responses are needed$/.exec(reason ?? "")?.[1]?.replace(",", ""));
    const total = 60 + needed;
    expect(judge(evidence({ 1: total * 0.55, 1.5: total * 0.45 }))?.verdict).toBe("pass");
    expect(judge(evidence({ 1: (total - 2) * 0.55, 1.5: (total - 2) * 0.45 }))?.verdict).toBe("inconclusive");
  });

  it("does not fail a version that has just started: fewer than 100 responses are inconclusive", () => {
    const [young, grown] = [judge(evidence({ 1.5: 99 })), judge(evidence({ 1.5: 100 }))];
    expect(young?.verdict).toBe("inconclusive");
    expect(young?.reasons[0]).toMatch(/; about one more response is needed$/);
    expect(grown?.verdict).toBe("fail");
  });

  it("requires more evidence to fail if many endpoints are judged", () => {
    const slow = evidence({ 1.5: 70, 1: 30 });
    expect(judge(slow)?.verdict).toBe("fail");
    expect(judge(slow, evidenceBar(1000))?.verdict).toBe("inconclusive");
  });

  it("raises the limit by the upper end of the mirroring overhead to fail, and by the lower end to pass", () => {
    const bias = ratio(1.2, 1.1, 1.3);
    const [reason] = judge(evidence({ 1.5: 1000 }, { bias }))?.reasons ?? [];
    expect(reason).toBe(
      "the candidate takes 1.34× as long as the primary (1.3× – 1.38×, limit 1.43× = 1.1× times 1.3× mirroring overhead); " +
        "1,000 of 1,000 responses exceed the limit",
    );
    // Within 1.1 × 1.3, and not within 1.1 × 1.1.
    expect(judge(evidence({ 1.3: 1000 }, { bias }))?.verdict).toBe("inconclusive");
    expect(judge(evidence({ 1.15: 1000 }, { bias }))?.verdict).toBe("pass");
  });
});

describe("allowedRatio", () => {
  it("never tightens the gate if the secondary is faster than the primary", () => {
    expect(allowedRatio(ratio(0.9, 0.8, 0.95), 1.1)).toBe(1.1);
    expect(allowedRatio(null, 1.1)).toBe(1.1);
  });
});
