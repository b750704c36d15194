import { describe, expect, it } from "vitest";
import type { LatencySeries } from "../../../../src/model/latency.ts";
import type { LatencyLimits } from "../../../../src/report/judge/gate-thresholds.ts";
import { judgeLatency } from "../../../../src/report/judge/latency/judge-latency.ts";
import {
  mergeTimelines,
  NO_TIMELINE,
  timelineOf,
  type LatencyBlock,
  type LatencyTimeline,
} from "../../../../src/report/judge/latency/latency-timeline.ts";
import { evidenceBar } from "../../../../src/report/statistics/e-values.ts";
import { bucketFor } from "../../../lib/series-bucket.ts";
import { histogramsOf } from "../../memory-blocks.ts";

const SECOND = 1_000;
const NOON = Date.UTC(2026, 10, 20, 12);
/** Spreads the counts of one ratio over 2%, so that a quantile has a place between them. */
const SPREAD = [0.99, 0.995, 1, 1.005, 1.01];

type Counts = Readonly<Record<string, number>>;

/** What the exchanges of one second are like: counts by value. */
interface Second extends Partial<Record<LatencySeries, Counts>> {
  readonly backToBack?: number;
}

/** One block of a second per entry. */
function timeline(seconds: readonly Second[]): LatencyTimeline {
  const blocks = seconds.map(({ backToBack = 0, ...series }, at): LatencyBlock => {
    const rows = (Object.entries(series) as [LatencySeries, Counts][]).flatMap(([name, counts]) =>
      Object.entries(counts).flatMap(([value, count]) =>
        SPREAD.map((factor) => ({
          series: name,
          bucket: bucketFor(name, Number(value) * factor),
          count: count / SPREAD.length,
        })),
      ),
    );
    const startedAt = NOON + at * SECOND;
    return { startedAt, endsAt: startedAt + SECOND, latencies: histogramsOf(rows), backToBack };
  });
  return { ...NO_TIMELINE, blocks };
}

const seconds = (count: number, of: Second): readonly Second[] => Array.from({ length: count }, () => of);

const RATIO_ONLY: LatencyLimits = { latencyRatio: 1.1 };
const judge = (blocks: readonly Second[], limits = RATIO_ONLY, bar = evidenceBar()) =>
  judgeLatency(timeline(blocks), limits, bar);
const verdictOf = (blocks: readonly Second[], limits = RATIO_ONLY) => judge(blocks, limits).judgment?.verdict;

describe("the latency ratio", () => {
  it("passes and fails by the interval that it shows", () => {
    const [slow, fast] = [judge(seconds(20, { ratio: { 1.3: 100 } })), judge(seconds(20, { ratio: { 1.05: 100 } }))];
    expect(fast.judgment).toEqual({ verdict: "pass", reasons: [] });
    expect(fast.report.ratio?.high).toBeLessThanOrEqual(1.1);
    expect(slow.report.ratio?.low).toBeGreaterThan(1.1);
    expect(slow.judgment).toEqual({
      verdict: "fail",
      reasons: [
        expect.stringMatching(/^the candidate takes 1\.3× as long as the primary \(1\.\d+× – 1\.3\d*×, limit 1\.1×\)$/),
      ],
    });
  });

  it("does not pass if almost half of the inputs are ten times slower and the median is uncertain", () => {
    const { report, judgment } = judge(seconds(20, { ratio: { 1: 51, 10: 49 } }));
    expect(report.ratio?.high).toBeGreaterThan(1.1);
    expect(judgment?.verdict).toBe("inconclusive");
    expect(judgment?.reasons[0]).toMatch(/; about [\d,]+ more responses are needed$/);
  });

  it("takes a limit of 1.1 as 1.1", () => {
    expect(verdictOf(seconds(30, { ratio: { 1.085: 200 } }))).toBe("pass");
    expect(verdictOf(seconds(30, { ratio: { 1.115: 200 } }))).toBe("fail");
  });

  it("is wider if neighbors are alike, and says so", () => {
    const mixed = judge(seconds(20, { ratio: { 1.05: 50, 1.2: 50 } }));
    const clumped = judge(
      Array.from({ length: 20 }, (_, at) => ({ ratio: { [Math.floor(at / 5) % 2 === 0 ? 1.05 : 1.2]: 100 } })),
    );
    const widthOf = ({ report: { ratio } }: typeof mixed): number => (ratio?.high ?? 0) - (ratio?.low ?? 0);
    expect(widthOf(clumped)).toBeGreaterThan(widthOf(mixed));
    expect(clumped.report.inflation).toBeGreaterThan(100);
    expect(clumped.judgment?.reasons[0]).toMatch(
      /; neighboring responses are alike, so 2,000 responses say as much as \d+ independent ones?; /,
    );
  });

  it("fails if its ratios wander but lie far above the limit, and says how many", () => {
    const far = judge(wandering(20));
    expect(far.report.inflation).toBeGreaterThan(20);
    expect(far.judgment?.verdict).toBe("fail");
    expect(verdictOf(wandering(1.3))).toBe("inconclusive");
    const reaching = judge([...wandering(20), { ratio: { 1: 20 } }]);
    expect(reaching.report.ratio?.low).toBeLessThan(1.1);
    expect(reaching.judgment).toEqual({
      verdict: "fail",
      reasons: [expect.stringMatching(/; 97\.56% of responses are above the limit$/)],
    });
    // The largest ratios do not decide it.
    const mostly = Array.from({ length: 16 }, (_, at) => ({ ratio: { [at % 3 === 0 ? 1 : 10_000]: 25 } }));
    expect(verdictOf(mostly)).toBe("inconclusive");
  });

  it("knows nothing if all responses came in one block", () => {
    const { report, judgment } = judge([{ ratio: { 1: 2_500, 1.3: 2_500 } }]);
    expect(report.inflation).toBeNull();
    expect(judgment?.verdict).toBe("inconclusive");
    expect(judgment?.reasons[0]).toMatch(/; all responses came at one moment; a longer run is needed$/);
    expect(verdictOf([{ ratio: { 3: 5_000 } }])).toBe("inconclusive");
  });

  it("fails fewer than 1,000 responses only if they are clearly slower, and fewer than 100 never", () => {
    expect(verdictOf(seconds(18, { ratio: { 1.3: 50 } }))).toBe("inconclusive");
    expect(verdictOf(seconds(18, { ratio: { 2: 50 } }))).toBe("fail");
    expect(verdictOf(seconds(18, { ratio: { 2: 5 } }))).toBe("inconclusive");
  });

  it("requires more evidence to fail if many endpoints are judged", () => {
    const slow = seconds(20, { ratio: { 1: 93, 1.3: 107 } });
    expect(judge(slow).judgment?.verdict).toBe("fail");
    expect(judge(slow, RATIO_ONLY, evidenceBar(1_000)).judgment?.verdict).toBe("inconclusive");
  });

  it("counts the exchanges of runs without blocks as independent", () => {
    const totals = histogramsOf([{ series: "ratio", bucket: bucketFor("ratio", 1.5), count: 1_000 }]);
    const { report, judgment } = judgeLatency({ ...NO_TIMELINE, totals }, RATIO_ONLY, evidenceBar());
    expect(judgment?.verdict).toBe("fail");
    expect(report.inflation).toBe(1);
  });

  it("is null if nothing was measured", () => {
    expect(judge([]).judgment).toBeNull();
    expect(judge([]).report.verdict).toBeNull();
  });
});

function wandering(factor: number): readonly Second[] {
  return Array.from({ length: 32 }, (_, at) => ({ ratio: { [factor * 10 ** (Math.floor(at / 4) % 2)]: 25 } }));
}

describe("with a secondary, the latency ratio", () => {
  it("fails only if the candidate is slower than both", () => {
    expect(verdictOf(measured(1.4, 1.2, 1.15))).toBe("fail");
    expect(verdictOf(measured(1.2, 1, 1.2))).toBe("pass");
    expect(verdictOf(measured(1, 1.4, 0.7))).toBe("pass");
  });

  it("excuses an overhead of mirroring of at most a quarter", () => {
    const { report, judgment } = judge(measured(3, 1, 3));
    expect(report.excusedOverhead).toBe(1.25);
    expect(judgment?.verdict).toBe("inconclusive");
    expect(judgment?.reasons[0]).toMatch(
      /; the secondary takes 3× as long as the primary, and at most 1\.25× is excused as the overhead of mirroring$/,
    );
  });
});

function measured(ratio: number, twin: number, bias: number): readonly Second[] {
  return seconds(20, { primary: { 20: 100 }, ratio: { [ratio]: 100 }, twin: { [twin]: 100 }, bias: { [bias]: 100 } });
}

describe("a late change of the latency ratio", () => {
  const good = seconds(40, { ratio: { 1: 500 } });

  it("fails, with the time since when, although the entire run is fast", () => {
    const { report, judgment } = judge([...good, ...seconds(4, { ratio: { 2: 100 } })]);
    expect(report.ratio?.high).toBeLessThan(1.1);
    expect(report.change).toMatchObject({ since: NOON + 40 * SECOND, exchanges: 400 });
    expect(judgment?.verdict).toBe("fail");
    expect(judgment?.reasons[0]).toMatch(
      /^since 2026-11-20 12:00:40 UTC \(400 responses\), the candidate takes 2× as long as the primary /,
    );
  });

  it("is no pause of a second, and no change that others before were as large as", () => {
    expect(verdictOf([...good, { ratio: { 2: 100 } }])).toBe("pass");
    const wandering = Array.from({ length: 40 }, (_, at) => ({ ratio: { [at % 10 < 6 ? 0.7 : 1.5]: 500 } }));
    expect(judge([...wandering, ...seconds(4, { ratio: { 1.5: 500 } })]).report.change).toBeNull();
  });
});

describe("tails", () => {
  const limits: LatencyLimits = { latencyRatio: 1.1, p95Ratio: 1.25, p99Ratio: 1.5 };

  it("fail if 1% of responses take 200 ms longer", () => {
    const { report, judgment } = judge(tailed({ 20: 494, 100: 1, 220: 5 }), limits);
    expect(report.ratioVerdict).toBe("pass");
    expect(report.tails.map(({ quantile, verdict }) => [quantile, verdict])).toEqual([
      [0.95, "pass"],
      [0.99, "fail"],
    ]);
    expect(judgment).toEqual({
      verdict: "fail",
      reasons: [
        expect.stringMatching(
          /^1\.2% of responses take longer than 30\.\d ms \(1\.5× the primary's p99\) from the candidate, 0\.2% from the primary \(allowed: 0\.25% more\)$/,
        ),
      ],
    });
  });

  it("pass if the candidate has as many slow responses, and are inconclusive if the excess may be chance", () => {
    expect(verdictOf(tailed({ 20: 499, 100: 1 }), limits)).toBe("pass");
    const { judgment } = judge(tailed({ 20: 496, 100: 4 }).slice(0, 3), limits);
    expect(judgment?.verdict).toBe("inconclusive");
    expect(judgment?.reasons.at(-1)).toMatch(/; this may be chance$/);
  });

  it("are not stricter than the latency ratio", () => {
    const { report } = judge(tailed({ 20: 489, 100: 1, 220: 10 }), { ...limits, latencyRatio: 20 });
    expect(report.tails.map(({ factor, verdict }) => [factor, verdict])).toEqual([
      [20, "pass"],
      [20, "pass"],
    ]);
  });

  it("excuse what the secondary does too", () => {
    const slow = { 20: 489, 100: 1, 220: 10 };
    const { report } = judge(tailed(slow, { secondary: slow }), limits);
    expect(report.tails.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  });

  it("do not fail because of one long pause", () => {
    const paused = [
      ...tailed({ 20: 499, 100: 1 }).slice(0, 38),
      ...tailed({ 220: 500 }).slice(0, 1),
      ...tailed({ 20: 499, 100: 1 }).slice(0, 1),
    ];
    expect(judge(paused, limits).report.tails.some(({ verdict }) => verdict === "fail")).toBe(false);
  });

  it("have limits in milliseconds", () => {
    const absolute: LatencyLimits = { latencyRatio: 1.1, p99Ms: 50 };
    expect(verdictOf(tailed({ 20: 499, 100: 1 }), absolute)).toBe("pass");
    const { judgment } = judge(tailed({ 20: 480, 100: 20 }), absolute);
    expect(judgment).toEqual({
      verdict: "fail",
      reasons: ["4% of responses take longer than 50 ms from the candidate (allowed for p99: 1%)"],
    });
  });

  it("fail late too, with the time since when", () => {
    const run = [...tailed({ 20: 499, 100: 1 }), ...tailed({ 20: 460, 220: 40 }).slice(0, 5)];
    const { report, judgment } = judge(run, limits);
    expect(judgment?.verdict).toBe("fail");
    expect(report.tails.find(({ quantile }) => quantile === 0.99)?.since).toBe(NOON + 40 * SECOND);
  });
});

function tailed(candidate: Counts, more: Second = {}): readonly Second[] {
  return seconds(40, { ratio: { 1: 500 }, primary: { 20: 499, 100: 1 }, candidate, ...more });
}

describe("a client that waits for responses", () => {
  const slow = { ratio: { 3: 100 }, backToBack: 90 };

  it("makes a fail inconclusive without a secondary, with the remedy", () => {
    const { judgment, report } = judge(seconds(20, slow));
    expect([judgment?.verdict, report.ratioVerdict]).toEqual(["inconclusive", "inconclusive"]);
    expect(judgment?.reasons.at(-1)).toMatch(
      /^the client waits for the primary's responses \(90% of requests are back to back\), .*\(--rate\), or use a secondary$/,
    );
  });

  it("changes nothing with a secondary, or if most requests are paced", () => {
    expect(verdictOf(seconds(20, { ...slow, bias: { 1: 100 }, twin: { 3: 100 } }))).toBe("fail");
    expect(verdictOf(seconds(20, { ...slow, backToBack: 40 }))).toBe("fail");
  });
});

describe("timelineOf", () => {
  it.each([
    ["100 exchanges", [60, 60, 60, ...Array.from({ length: 50 }, () => 60)], 120],
    ["a tenth of a short run", Array.from({ length: 20 }, () => 20), 40],
    ["nothing if the first block is larger than a tenth", [300, 100, 100], 0],
  ])("leaves out the first blocks as the cold start: %s", (_, counts, coldStart) => {
    const all = blocks(counts);
    const cut = timelineOf(NO_TIMELINE.totals, { blocks: all });
    expect(cut.coldStart).toBeCloseTo(coldStart, 9);
    expect(cut.blocks[0]).toBe(all[Math.round(coldStart / (counts[0] ?? 1))]);
  });
});

function blocks(counts: readonly number[]): readonly LatencyBlock[] {
  return timeline(counts.map((count) => ({ ratio: { 1: count } }))).blocks;
}

describe("mergeTimelines", () => {
  it("adds up endpoints: a long block takes in the short ones of the same time", () => {
    const [short] = [timeline([{ ratio: { 1: 10 }, backToBack: 3 }, { ratio: { 1: 20 } }, { ratio: { 1: 40 } }])];
    const long = timeline([{ ratio: { 2: 5 }, backToBack: 1 }]);
    const wide = { ...long, blocks: long.blocks.map((block) => ({ ...block, endsAt: block.startedAt + 2 * SECOND })) };
    const merged = mergeTimelines([
      { ...short, coldStart: 2 },
      { ...wide, coldStart: 1 },
    ]);
    expect(merged.coldStart).toBe(3);
    expect(
      merged.blocks.map(({ startedAt, endsAt, backToBack, latencies: { ratio } }) => [
        (startedAt - NOON) / SECOND,
        (endsAt - NOON) / SECOND,
        backToBack,
        Math.round(ratio.counts.reduce((sum, count) => sum + count, 0)),
      ]),
    ).toEqual([
      [0, 2, 4, 35],
      [2, 3, 0, 40],
    ]);
  });
});
