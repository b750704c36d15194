import { describe, expect, it } from "vitest";
import { bucketOf, valueAt } from "../../src/lib/log-buckets.ts";
import { SLOTS_PER_MINUTE } from "../../src/lib/time-slots.ts";
import { latencyView } from "../../src/report/latency-view.ts";
import { measured, memoryReader, ORDERS, reportOf, RUN } from "./memory-reader.ts";

const MINUTES = [
  ...measured("primary", { 10: 100 }, { minute: 29_000_000 }),
  ...measured("candidate", { 15: 50 }, { minute: 29_000_000, endpoint: "GET /other" }),
  ...measured("secondary", { 10: 7 }, { minute: 29_000_000 }),
  ...measured("primary", { 10: 60, 20: 40 }, { minute: 29_000_001 }),
  ...measured("candidate", { 12: 100 }, { minute: 29_000_001 }),
  ...measured("ratio", { 1.2: 100 }, { minute: 29_000_001 }),
];

describe("latencyView", async () => {
  const view = await latencyView(memoryReader({ minutes: MINUTES }), RUN, "v2");

  it("has the distribution of each role, with ascending buckets and shares up to 1", () => {
    const [ten, twenty] = [bucketOf(10), bucketOf(20)];
    expect(view.distributions.primary.count).toBe(200);
    expect(view.distributions.primary.points).toEqual([
      { upper: valueAt(ten + 1), count: 160, share: 0.8 },
      { upper: valueAt(twenty + 1), count: 40, share: 1 },
    ]);
    expect(view.distributions.primary.quantiles.p95).toBeCloseTo(valueAt(twenty + 30 / 40), 9);
  });

  it("has quantiles by minute for a run without blocks, oldest first", () => {
    expect(view.periods.map(({ startedAt, endsAt, counts }) => ({ startedAt, endsAt, counts }))).toEqual([
      {
        startedAt: 29_000_000 * 60_000,
        endsAt: 29_000_001 * 60_000,
        counts: { primary: 100, candidate: 50, secondary: 7 },
      },
      {
        startedAt: 29_000_001 * 60_000,
        endsAt: 29_000_002 * 60_000,
        counts: { primary: 100, candidate: 100, secondary: 0 },
      },
    ]);
    expect(view.periods[1]?.primary.p50).toBeCloseTo(valueAt(bucketOf(10) + 50 / 60), 9);
    expect(view.periods[1]?.secondary).toEqual({ p50: null, p95: null, p99: null });
  });

  it("can be limited to one endpoint", async () => {
    const one = await latencyView(memoryReader({ minutes: MINUTES }), RUN, "v2", ORDERS);
    expect(view.endpoint).toBeNull();
    expect(one.endpoint).toBe(ORDERS);
    expect(one.distributions.candidate.count).toBe(100);
  });

  it("divides ratios into bins as fine as their range allows, and counts those outside", async () => {
    const wide = measured("ratio", { 0.5: 500, 1: 9_000, 2: 500, 40: 3 });
    const { ratios } = await latencyView(memoryReader({ minutes: wide }), RUN, "v2");
    expect({ count: ratios.count, below: ratios.below, above: ratios.above }).toEqual({
      count: 10_003,
      below: 0,
      above: 3,
    });
    expect(ratios.bins.length).toBeGreaterThan(70);
    expect(ratios.bins.length).toBeLessThanOrEqual(81);
    expect(ratios.bins.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    expect(ratios.bins.find(({ low, high }) => low <= 1 && 1 < high)?.count).toBe(9_000);
    const narrow = measured("ratio", { 1: 50, 1.01: 50 });
    expect((await latencyView(memoryReader({ minutes: narrow }), RUN, "v2")).ratios.bins.length).toBeLessThan(6);
  });
});

const START = 29_000_000 * SLOTS_PER_MINUTE;

/** Responses in each slot of a run. @param slots eighths of a second */
function inSlots(slots: number, perSlot: number, endpoint = ORDERS) {
  return Array.from({ length: slots }, (_, at) => {
    const when = { slot: START + at, minute: 29_000_000 + Math.floor(at / SLOTS_PER_MINUTE), endpoint };
    return [
      ...measured("primary", { 10: perSlot }, when),
      ...measured("candidate", { 12: perSlot }, when),
      ...measured("ratio", { 1.2: perSlot }, when),
    ];
  }).flat();
}

describe("the periods of a latency view", () => {
  it("are finer than a minute in a short run, down to an eighth of a second, with the cold start", async () => {
    const { periods } = await latencyView(memoryReader({ minutes: inSlots(16, 25) }), RUN, "v2");
    expect(periods.map(({ startedAt, endsAt }) => endsAt - startedAt)).toEqual(Array.from({ length: 16 }, () => 125));
    expect(periods.reduce((sum, { counts }) => sum + counts.primary, 0)).toBe(400);
  });

  it("join neighbors with too few responses for a quantile", async () => {
    const { periods } = await latencyView(memoryReader({ minutes: inSlots(25, 4) }), RUN, "v2");
    expect(periods.map(({ counts }) => counts.primary)).toEqual([20, 20, 20, 20, 20]);
    expect(periods.map(({ startedAt, endsAt }) => endsAt - startedAt)).toEqual([625, 625, 625, 625, 625]);
    const few = await latencyView(memoryReader({ minutes: inSlots(6, 4) }), RUN, "v2");
    expect(few.periods.map(({ counts }) => counts.primary)).toEqual([24]);
  });

  it("are at most 480 steps of full minutes in a long run", async () => {
    const minutes = Array.from({ length: 3_000 }, (_, at) => measured("primary", { 10: 50 }, { minute: at })).flat();
    const { periods } = await latencyView(memoryReader({ minutes }), RUN, "v2");
    expect(periods).toHaveLength(300);
    expect(periods.at(-1)).toMatchObject({ startedAt: 2_990 * 60_000, endsAt: 3_000 * 60_000 });
  });
});

describe("the verdict of a latency view", () => {
  const rows = {
    minutes: [...inSlots(64, 50), ...inSlots(64, 50, "GET /own")],
    outcomes: [ORDERS, "GET /own"].map((endpoint) => ({
      route: "default",
      endpoint,
      candidate: "v2",
      paired: false,
      fields: [],
      overflow: false,
      beyondCap: false,
      count: 3_200,
    })),
  };

  it("is that of the report, for an endpoint and for all", async () => {
    const reader = memoryReader(rows);
    const expected = await reportOf(rows);
    const one = await latencyView(reader, RUN, "v2", ORDERS);
    expect(one.latency).toEqual(expected.endpoints.find(({ endpoint }) => endpoint === ORDERS)?.latency);
    expect(one.latency.verdict).toBe("fail");
    expect(expected.endpoints[0]?.reasons).toEqual(expect.arrayContaining([...one.reasons]));
    const all = await latencyView(reader, RUN, "v2");
    expect(all.latency).toEqual(expected.latency);
    expect(all.reasons).toHaveLength(1);
  });

  it("knows no interval with few exchanges, and says how many are missing", async () => {
    const few = { ...rows, minutes: inSlots(2, 1) };
    const { hasInterval, reasons } = await latencyView(memoryReader(few), RUN, "v2", ORDERS);
    expect(hasInterval).toBe(false);
    expect(reasons).toEqual([
      expect.stringMatching(
        /^the candidate takes 1.2× as long .+ \(too few responses for an interval, limit .+ needed$/,
      ),
    ]);
    expect((await latencyView(memoryReader(rows), RUN, "v2", ORDERS)).hasInterval).toBe(true);
  });

  it("leaves endpoints with limits of their own to themselves, and names them", async () => {
    const gate = { ...RUN.gate, endpoints: [{ endpoint: "GET /own", latencyRatio: 2 }] };
    const all = await latencyView(memoryReader(rows), { ...RUN, gate }, "v2");
    expect(all.ownLimits).toEqual(["GET /own"]);
    expect(all.latency.verdict).toBe("fail");
    expect((await latencyView(memoryReader(rows), { ...RUN, gate }, "v2", "GET /own")).latency.verdict).toBe("pass");
  });
});
