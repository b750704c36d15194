import { describe, expect, it } from "vitest";
import { errorCounts, errorRates, decideErrorVerdict, statusFlips } from "../../../src/report/judge/error-rate.ts";
import { NO_SERIES } from "../../../src/report/statistics/block-series.ts";
import { evidenceBar } from "../../../src/report/statistics/e-values.ts";
import { wilsonInterval } from "../../../src/report/statistics/wilson-interval.ts";
import { statusPairs } from "../memory-reader.ts";

const ROWS = [
  statusPairs(200, 200, 900),
  statusPairs(200, 503, 30),
  statusPairs(200, 0, 10),
  statusPairs(502, 200, 5),
  statusPairs(500, 502, 20),
  statusPairs(404, 200, 35),
];
const COUNTS = { pairs: 1000, candidateOnly: 40, primaryOnly: 5, both: 20 };
const judge = (counts: Partial<typeof COUNTS>, allowed: number, bar = evidenceBar()) =>
  decideErrorVerdict({ ...COUNTS, primaryOnly: 0, both: 0, ...counts }, allowed, bar, NO_SERIES);

describe("errorCounts", () => {
  it("counts 5xx and incomplete responses as errors, and nothing else", () => {
    expect(errorCounts(ROWS)).toEqual(COUNTS);
    expect(errorCounts([])).toEqual({ pairs: 0, candidateOnly: 0, primaryOnly: 0, both: 0 });
  });

  it("has both rates with their intervals", () => {
    expect(errorRates(COUNTS, { verdict: "fail", reasons: [] })).toEqual({
      primary: wilsonInterval(25, 1000),
      candidate: wilsonInterval(60, 1000),
      verdict: "fail",
    });
  });
});

describe("statusFlips", () => {
  it("lists pairs of different statuses in both directions, most frequent first", () => {
    expect(statusFlips(ROWS)).toEqual([
      { primary: 404, candidate: 200, count: 35 },
      { primary: 200, candidate: 503, count: 30 },
      { primary: 500, candidate: 502, count: 20 },
      { primary: 200, candidate: 0, count: 10 },
      { primary: 502, candidate: 200, count: 5 },
    ]);
  });
});

describe("decideErrorVerdict", () => {
  it("fails a candidate with more additional errors than allowed, with the numbers", () => {
    expect(judge({ candidateOnly: 40, primaryOnly: 5 }, 0.001)).toEqual({
      verdict: "fail",
      reasons: [
        "40 of 1,000 responses are 5xx or incomplete from the candidate only, 5 from the primary only (allowed: 0.1% more than the primary)",
      ],
    });
  });

  it("passes if there are no more additional errors than allowed", () => {
    expect(judge({ candidateOnly: 1 }, 0.001)).toEqual({ verdict: "pass", reasons: [] });
    expect(judge({ candidateOnly: 41, primaryOnly: 40 }, 0.001).verdict).toBe("pass");
    expect(judge({ pairs: 0, candidateOnly: 0 }, 0).verdict).toBe("pass");
  });

  it("is inconclusive if it may be chance", () => {
    expect(judge({ candidateOnly: 1 }, 0)).toEqual({
      verdict: "inconclusive",
      reasons: [
        "1 of 1,000 responses is 5xx or incomplete from the candidate only, 0 from the primary only " +
          "(allowed: 0% more than the primary); this may be chance",
      ],
    });
    expect(judge({ candidateOnly: 40, primaryOnly: 30 }, 0).verdict).toBe("inconclusive");
  });

  it("requires more evidence if many endpoints are judged", () => {
    expect(judge({ candidateOnly: 10 }, 0.001).verdict).toBe("fail"); // E = 27.5
    expect(judge({ candidateOnly: 10 }, 0.001, evidenceBar(2)).verdict).toBe("inconclusive");
  });
});
