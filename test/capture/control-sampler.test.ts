import { describe, expect, it } from "vitest";
import { ControlBudget } from "../../src/capture/control-budget.ts";
import { ControlSampler } from "../../src/capture/control-sampler.ts";
import { sampleDraw } from "../../src/lib/stable-draw.ts";
import { seeded } from "../lib/seeded.ts";

/** A thread that can afford every control, or none. */
const RICH: Budget = { hasTime: () => true };
const POOR: Budget = { hasTime: () => false };
type Budget = ConstructorParameters<typeof ControlSampler>[0];

/** A thread without idle time in which each control takes 40 µs. */
function budgetOf(now: () => number): Budget {
  let spent = 0;
  const budget = new ControlBudget({ cpu: () => now() + spent, idle: () => 0 });
  return {
    hasTime() {
      const hasTime = budget.hasTime();
      budget.spend(0, () => (spent += 0.04));
      return hasTime;
    },
  };
}

/** Of a stratum, as the store keeps it. */
const KEPT = 256;
/** 99.9% quantile of the chi-square distribution with 9 degrees of freedom. */
const CHI_SQUARE_9 = 27.88;

interface Offered {
  readonly endpoint: string;
  readonly id: string;
}

/** What the store keeps of an endpoint: the smallest draws below the smallest limit that has arrived. */
function keptOf(draws: readonly number[], limit: number): number[] {
  return draws
    .filter((draw) => draw < limit)
    .toSorted((one, other) => one - other)
    .slice(0, KEPT);
}

const isSent = ({ limit }: { readonly limit: number | null }): boolean => limit !== null;

/** Offers exchanges. @returns by endpoint: draws of all, draws of those that were sent, and the smallest limit that travelled */
function offerAll(sampler: ControlSampler, exchanges: Iterable<Offered>) {
  const results = new Map<string, { all: number[]; sent: number[]; limit: number }>();
  for (const { endpoint, id } of exchanges) {
    const result = results.get(endpoint) ?? { all: [], sent: [], limit: 1 };
    results.set(endpoint, result);
    const limit = sampler.offer(endpoint, id);
    result.all.push(sampleDraw(id));
    if (limit === null) continue;
    result.sent.push(sampleDraw(id));
    result.limit = Math.min(result.limit, limit);
  }
  return results;
}

describe("controls", () => {
  it("are all identical exchanges of an endpoint until it has 256, and then about 256 more whenever their number is e-fold", () => {
    const sampler = new ControlSampler(RICH, () => 0);
    const offer = (from: number, to: number): number =>
      Array.from({ length: to - from }, (_, index) => sampler.offer("a", `x-${from + index}`)).filter(
        (limit) => limit !== null,
      ).length;
    expect(offer(0, KEPT)).toBe(KEPT);
    expect(sampler.limitOf("a")).toBe(1);
    // 256 · ln(100 000 / 256) = 1 528, with a standard deviation below √1 528 = 39.
    const later = offer(KEPT, 100_000);
    expect(Math.abs(later - 1_528)).toBeLessThan(4 * 39);
    // The 256th smallest of 100,000 draws.
    expect(Math.abs(sampler.limitOf("a") - KEPT / 100_000)).toBeLessThan(4 * (16 / 100_000));
  });

  it("contain all with the smallest draws, with enough and with too few tokens, so that what is kept is a uniform sample", () => {
    const random = seeded(17);
    const bursts = [0, 0.1, 1, 10];
    const sizes = bursts.map((pauseMs) => {
      let now = 0;
      const sampler = new ControlSampler(
        budgetOf(() => now),
        () => now,
      );
      const exchanges = (function* (): Generator<Offered> {
        for (let index = 0; index < 30_000; index += 1) {
          now += pauseMs;
          yield { endpoint: `e${Math.floor(random() ** 2 * 20)}`, id: `r:${pauseMs}-${index}` };
        }
      })();
      const results = [...offerAll(sampler, exchanges).values()];
      for (const { all, sent, limit } of results) expect(keptOf(sent, limit)).toEqual(keptOf(all, limit));
      return results.map(({ sent, limit }) => keptOf(sent, limit).length);
    });
    // In a burst, what 10 ms allow and what is guaranteed; with time, all that can be kept.
    expect(Math.min(...(sizes[0] ?? []))).toBe(32);
    expect(Math.max(...(sizes[0] ?? []))).toBeLessThan(KEPT);
    expect(new Set(sizes[3])).toEqual(new Set([KEPT]));
  });

  it.each([0, 0.2, 5])("are spread evenly over time, also in a burst (%s ms between exchanges)", (pauseMs) => {
    const EXCHANGES = 20_000;
    let now = 0;
    const counts = Array.from({ length: 10 }, () => 0);
    for (const run of ["a", "b", "c", "d"]) {
      const sampler = new ControlSampler(
        budgetOf(() => now),
        () => now,
      );
      const sent: { draw: number; tenth: number }[] = [];
      let smallest = 1;
      for (let index = 0; index < EXCHANGES; index += 1) {
        now += pauseMs;
        const id = `${run}${pauseMs}:1-${index}`;
        const limit = sampler.offer(`GET /${index % 4}`, id);
        if (limit === null) continue;
        smallest = Math.min(smallest, limit);
        sent.push({ draw: sampleDraw(id), tenth: Math.floor((10 * index) / EXCHANGES) });
      }
      for (const { draw, tenth } of sent) if (draw < smallest) counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    const total = counts.reduce((sum, count) => sum + count, 0);
    const chiSquare = counts.reduce((sum, count) => sum + (count - total / 10) ** 2 / (total / 10), 0);
    expect(total).toBeGreaterThan(pauseMs === 0 ? 200 : 1_000);
    expect(chiSquare).toBeLessThan(CHI_SQUARE_9);
  });

  it("that are not affordable displace others beyond 32, which lowers the limit of their endpoint; it travels with them", () => {
    const sampler = new ControlSampler(POOR, () => 0);
    const offers = Array.from({ length: 20_000 }, (_, index) => {
      const [endpoint, id] = [`e${index % 10}`, `x-${index}`];
      const before = sampler.limitOf(endpoint);
      return { before, limit: sampler.offer(endpoint, id), after: sampler.limitOf(endpoint), draw: sampleDraw(id) };
    });
    expect(offers.slice(0, 320).every(({ limit }) => limit === 1)).toBe(true);
    const over = offers.slice(320).filter(isSent);
    expect(over.filter(({ before, limit, after, draw }) => limit === after && limit < before && draw < limit)).toEqual(
      over,
    );
    expect(offers.filter(({ before, draw }) => draw < before)).toEqual(offers.filter(isSent));
    // Of 2,000 exchanges of each endpoint, the 32 with the smallest draws were kept at any time: 10 · 32 · ln(2,000 / 32).
    expect(Math.abs(over.length - 1_323)).toBeLessThan(4 * Math.sqrt(1_323));
  });

  it("grow in number as soon as they are affordable", () => {
    let hasTime = false;
    const sampler = new ControlSampler({ hasTime: () => hasTime }, () => 0);
    const offer = (count: number, from: number): number[] =>
      Array.from({ length: count }, (_, index) => `x-${from + index}`)
        .filter((id) => sampler.offer("a", id) !== null)
        .map(sampleDraw);
    offer(1_000, 0);
    const limit = sampler.limitOf("a");
    hasTime = true;
    const later = offer(9_000, 1_000);
    // The limit stays until 256 are kept.
    expect(later).toEqual(
      Array.from({ length: 9_000 }, (_, index) => sampleDraw(`x-${1_000 + index}`)).filter((draw) => draw < limit),
    );
    expect([later.length > 20, sampler.limitOf("a")]).toEqual([true, limit]);
    offer(200_000, 10_000);
    expect(sampler.limitOf("a")).toBeLessThan(limit);
  });

  it("are bounded in endpoints: those after the first 300 share one limit", () => {
    const sampler = new ControlSampler(POOR, () => 0);
    let sent = 0;
    for (let index = 0; index < 200_000; index += 1)
      if (sampler.offer(`/attack/${index % 50_000}`, `x-${index}`) !== null) sent += 1;
    // 4 exchanges of each of the 300; of the others together 8 at any time: 8 · (1 + ln(198,800 / 8)).
    expect(sent).toBeLessThan(300 * 4 + 8 * 11.2 + 4 * 9);
    expect(sampler.limitOf("/attack/299")).toBe(1);
    expect(sampler.limitOf("/attack/300")).toBe(sampler.limitOf("/attack/49999"));
    expect(sampler.limitOf("/attack/300")).toBeLessThan(0.01);
  });

  it("of an endpoint that was not requested for a minute make room for another one, once per second", () => {
    let now = 0;
    const sampler = new ControlSampler(RICH, () => now);
    for (let index = 0; index < 300; index += 1) sampler.offer(`/posts/${index}`, `x-${index}`);
    for (let index = 0; index < 5_000; index += 1) sampler.offer("/late", `y-${index}`);
    const shared = sampler.limitOf("/late");
    expect(shared).toBeLessThan(0.1);
    now += 30_000;
    for (let index = 1; index < 300; index += 1) sampler.limitOf(`/posts/${index}`);
    expect(sampler.limitOf("/new")).toBe(shared);
    now += 31_000;
    expect([sampler.limitOf("/new"), sampler.limitOf("/newer")]).toEqual([1, shared]);
    now += 1_000;
    // The others were requested half a minute ago.
    expect(sampler.limitOf("/newer")).toBe(shared);
  });

  it("begin again with a run", () => {
    const sampler = new ControlSampler(RICH, () => 0);
    for (let index = 0; index < 5_000; index += 1) sampler.offer("a", `x-${index}`);
    expect(sampler.limitOf("a")).toBeLessThan(0.1);
    sampler.beginRun();
    expect(sampler.limitOf("a")).toBe(1);
    expect(sampler.offer("a", "y")).toBe(1);
  });
});
