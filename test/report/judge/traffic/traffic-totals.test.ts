import { describe, expect, it } from "vitest";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import type { OutcomeRow, TimeBlock } from "../../../../src/store/store.ts";
import { accountingOf } from "../../../../src/report/judge/accounting-totals.ts";
import { judgeRunFields } from "../../../../src/report/judge/field-verdicts.ts";
import { judgeCandidate } from "../../../../src/report/judge/judge-candidate.ts";
import { NO_TIMELINE } from "../../../../src/report/judge/latency/latency-timeline.ts";
import { seeded } from "../../../lib/seeded.ts";
import { field, outcome, received, RUN, SLOT } from "../../../store/store-fixture.ts";
import { reportOfCounts } from "../../counted-report.ts";

interface Traffic {
  readonly endpoint: string;
  readonly matched: number;
  readonly differed: number;
  /** Each compared exchange stands for 2^level requests. */
  readonly level: number;
  readonly slot?: number;
}

function counts({ endpoint, matched, differed, level, slot = SLOT }: Traffic): Partial<ResultBatch> {
  const place = { slot, route: "default", endpoint, candidate: "v2", level };
  const error = { section: "status", path: "200->500", kind: "status", mark: "raw" } as const;
  const status = { ...place, primary: 200, role: "candidate" } as const;
  return {
    accounting: [received(matched + differed), received(matched + differed, { fate: "mirrored" })],
    outcomes: [
      outcome({ ...place, count: matched, paired: true }),
      outcome({ ...place, count: differed, paired: true, fields: [error] }),
    ].filter(({ count }) => count > 0),
    statuses: [
      { ...status, other: 200, count: matched },
      { ...status, other: 500, count: differed },
    ].filter(({ count }) => count > 0),
  };
}

describe("totals of a run whose endpoints were mirrored with unequal shares", () => {
  // 100,000 requests of which 1% fail, a sixteenth of them compared; and 1,000 of which 20% fail, all compared.
  const often = { endpoint: "GET /often", matched: 6_187.5 * 2, differed: 62.5 * 2, level: 3 };
  const seldom = { endpoint: "GET /seldom", matched: 800, differed: 200, level: 0 };

  it("are those of the traffic", async () => {
    const report = await reportOfCounts([counts(often), counts(seldom)]);
    const truth = (1_000 + 200) / 101_000;
    expect(1 - report.parity.rate).toBeCloseTo(truth, 5);
    expect(report.errors.candidate.rate).toBeCloseTo(truth, 10);
    expect(report.accounting.compared).toBe(13_500);
    expect(report.accounting.lost).toBe(0);
  });

  it("leave each endpoint with its own counts, and say which share of its requests was compared", async () => {
    const { endpoints } = await reportOfCounts([counts(often), counts(seldom)]);
    const rows = endpoints.map(({ endpoint, compared, differed, share }) => ({ endpoint, compared, differed, share }));
    expect(rows.toSorted((one, other) => one.compared - other.compared)).toEqual([
      { endpoint: "GET /seldom", compared: 1_000, differed: 200, share: 1 },
      { endpoint: "GET /often", compared: 12_500, differed: 125, share: 1 / 8 },
    ]);
  });

  it("know as much as a uniform sample at the smallest share would", async () => {
    // 100,800 requests without a difference, of which a uniform sample at 1/8 would have compared 12,600.
    const agreeing = [counts({ ...often, matched: 12_500, differed: 0 }), counts({ ...seldom, differed: 0 })];
    const { parity, verdict } = await reportOfCounts(agreeing);
    const uniform = await reportOfCounts([
      counts({ ...often, matched: 12_500, differed: 0, level: 0 }),
      counts({ ...seldom, matched: 100, differed: 0 }),
    ]);
    expect(verdict).toBe("pass");
    expect(parity).toEqual(uniform.parity);
  });

  it("are inconclusive while the weighed counts are too few, however many exchanges were compared", async () => {
    // 20,000 compared exchanges of a rare endpoint, beside 40,000 requests of which 10 were compared.
    const report = await reportOfCounts([
      counts({ endpoint: "GET /often", matched: 10, differed: 0, level: 12 }),
      counts({ endpoint: "GET /seldom", matched: 20_000, differed: 0, level: 0 }),
    ]);
    expect(report.verdict).toBe("inconclusive");
    expect(report.reasons).toContain("all endpoints: needs 4,090 more responses (14 so far) to confirm 99.9% parity");
    expect(report.reasons).toContain(
      "the totals are weighed by traffic: 20,010 compared responses count as 14, as in a uniform sample at the smallest share",
    );
  });

  it("are the plain counts where all shares are equal", async () => {
    const plain = await reportOfCounts([counts({ ...often, level: 0 }), counts({ ...seldom, level: 0 })]);
    expect(plain.parity.rate).toBeCloseTo(1 - 325 / 13_500, 10);
    expect(plain.endpoints.every((endpoint) => !("share" in endpoint))).toBe(true);
  });

  it("keep their weights when blocks are merged over time", async () => {
    // The share changes every second, and blocks of later hours cover many changes.
    const hours = Array.from({ length: 40 }, (_, at) => [
      counts({ ...often, matched: 90, differed: 10, level: 0, slot: SLOT + at * 1_000 }),
      counts({ ...often, matched: 100, differed: 0, level: 4, slot: SLOT + at * 1_000 + 8 }),
    ]).flat();
    // Of 40 × (100 + 1,600) requests, 40 × 10 fail.
    expect((await reportOfCounts(hours)).errors.candidate.rate).toBeCloseTo(10 / 1_700, 10);
  });
});

function blockOf(at: number, endpoint: string, isDifferent: boolean, level: number): TimeBlock {
  const row: OutcomeRow = {
    ...outcome({ endpoint, paired: true, fields: isDifferent ? [field("$.a")] : [] }),
    beyondCap: false,
    ...(level > 0 && { weight: 2 ** level }),
  };
  return {
    startedAt: at * 1_000,
    endsAt: (at + 1) * 1_000,
    outcomes: [row],
    statuses: [],
    latencies: NO_TIMELINE.totals,
    features: [],
    backToBack: 0,
    ...(level > 0 && { largestWeight: 2 ** level }),
  };
}

describe("the rate of the run, when shares depend on what was seen", () => {
  const REQUESTS = 1_000;
  const RUNS = 400;

  /**
   * Two endpoints. The second one breaks in its second half, and its share doubles whenever a difference was seen and halves
   * otherwise: without weights, what is seen most would count most.
   */
  function estimates(random: () => number): { readonly weighed: number; readonly plain: number } {
    const blocks: TimeBlock[][] = [[], []];
    const levels = [3, 3];
    let [compared, differed] = [0, 0];
    for (let at = 0; at < REQUESTS; at += 1) {
      for (const endpoint of [0, 1]) {
        const isDifferent = random() < (endpoint === 1 && at >= REQUESTS / 2 ? 0.5 : 0.02);
        const level = levels[endpoint] ?? 0;
        if (random() >= 2 ** -level) continue;
        compared += 1;
        differed += Number(isDifferent);
        blocks[endpoint]?.push(blockOf(at, `GET /${endpoint}`, isDifferent, level));
        levels[endpoint] = Math.min(5, Math.max(0, level + (isDifferent ? -1 : 1)));
      }
    }
    const outcomes = blocks.map((own, endpoint) => ({
      route: "default",
      endpoint: `GET /${endpoint}`,
      rows: own.flatMap((block) => block.outcomes),
    }));
    const fields = judgeRunFields(
      outcomes,
      outcomes.map((each, endpoint) => ({ ...each, rows: blocks[endpoint] ?? [] })),
    );
    const accounting = accountingOf([], outcomes, false);
    const counted = { accounting, hasSecondary: true, latencies: [], statuses: [], failures: [] };
    const { parity } = judgeCandidate(counted, fields, RUN.gate);
    return { weighed: 1 - parity.rate, plain: differed / compared };
  }

  it("is on average that of the traffic", () => {
    const random = seeded(46);
    const all = Array.from({ length: RUNS }, () => estimates(random));
    const truth = (0.02 + (0.02 + 0.5) / 2) / 2;
    const mean = (name: "weighed" | "plain"): number => all.reduce((sum, each) => sum + each[name], 0) / RUNS;
    const weighed = mean("weighed");
    const deviation = Math.sqrt(all.reduce((sum, each) => sum + (each.weighed - weighed) ** 2, 0) / RUNS);
    expect(Math.abs(weighed - truth)).toBeLessThan((3 * deviation) / Math.sqrt(RUNS));
    expect(mean("plain")).toBeGreaterThan(1.25 * truth);
  });
});
