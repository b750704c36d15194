import { describe, expect, it } from "vitest";
import { EndpointSampler } from "../../src/mirror/endpoint-sampler.ts";
import { OVERFLOW_ENDPOINT } from "../../src/model/difference.ts";
import type { EndpointShares } from "../../src/model/control.ts";
import { seeded } from "../lib/seeded.ts";

const CANDIDATE = { route: "default", candidate: "v2" };

function shares(levels: Readonly<Record<string, number>>, budget: number, otherwise = 0): EndpointShares {
  return { ...CANDIDATE, levels: new Map(Object.entries(levels)), otherwise, perSecond: [budget] };
}

/** A sampler with a clock in milliseconds. */
function sampler(budget: number, floor = 1) {
  const clock = { ms: 0 };
  return { clock, own: new EndpointSampler(CANDIDATE, { budget, floor }, budget, () => clock.ms) };
}

/** Sends requests at a fixed rate. @returns the levels of those that are mirrored */
function send(
  { clock, own }: ReturnType<typeof sampler>,
  { endpoint, perSecond, seconds }: { endpoint: string; perSecond: number; seconds: number },
  random: () => number,
  percent = 100,
): number[] {
  const levels: number[] = [];
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    clock.ms += 1_000 / perSecond;
    const level = own.sample(endpoint, random(), percent);
    if (level !== null) levels.push(level);
  }
  return levels;
}

function requestsBehind(levels: readonly number[]): number {
  return levels.reduce((sum, level) => sum + 2 ** level, 0);
}

describe("the sampler of a candidate", () => {
  it("mirrors every request while the budget is large enough, and each stands for itself", () => {
    expect(send(sampler(100), { endpoint: "GET /a", perSecond: 20, seconds: 10 }, seeded(1))).toEqual(
      Array.from({ length: 200 }, () => 0),
    );
  });

  it("never exceeds its budget by more than two seconds' worth, whatever the shares are", () => {
    const own = sampler(10);
    own.own.setShares(shares({}, 10), 0);
    const mirrored = send(own, { endpoint: "GET /a", perSecond: 5_000, seconds: 60 }, seeded(2));
    expect(mirrored.length).toBeLessThanOrEqual(10 * 60 + 2 * 10);
    expect(mirrored.length).toBeGreaterThan(0.9 * 10 * 60);
  });

  it("halves its shares before the budget is used up, and says so: the weights add up to all requests", () => {
    // At the floor, 1,000 / 64 requests per second remain, for which the budget of 20 is enough.
    const own = sampler(20);
    const sent = { endpoint: "GET /a", perSecond: 1_000, seconds: 600 };
    const levels = send(own, sent, seeded(3));
    expect(levels.length).toBeLessThanOrEqual(20 * 600 + 40);
    expect(requestsBehind(levels) / 600_000).toBeCloseTo(1, 1);
    expect(Math.max(...levels)).toBe(6);
  });

  it("mirrors an endpoint with the share that was planned for it, and others with another one", () => {
    const own = sampler(10_000);
    own.own.setShares(shares({ "GET /a": 3 }, 10_000, 1), 0);
    const often = send(own, { endpoint: "GET /a", perSecond: 100, seconds: 100 }, seeded(4));
    const others = send(own, { endpoint: "GET /b", perSecond: 100, seconds: 100 }, seeded(5));
    expect([new Set(often), new Set(others)]).toEqual([new Set([3]), new Set([1])]);
    expect(Math.abs(often.length - 10_000 / 8)).toBeLessThan(4 * Math.sqrt(10_000 / 8));
    expect(Math.abs(others.length - 5_000)).toBeLessThan(4 * Math.sqrt(2_500));
  });

  it("keeps the shares within the configured percentage, and above the floor", () => {
    const own = sampler(10_000, 10);
    own.own.setShares(shares({ "GET /a": 15 }, 10_000), 0);
    const levels = send(own, { endpoint: "GET /a", perSecond: 1_000, seconds: 20 }, seeded(6), 50);
    // 50% can be halved twice before it is below 10%.
    expect(new Set(levels)).toEqual(new Set([2]));
    expect(Math.abs(levels.length - 20_000 / 8)).toBeLessThan(4 * Math.sqrt(20_000 / 8));
  });

  it("mirrors the same keys when shares shrink, and more when they grow", () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => index / 1_000);
    const mirroredAt = (level: number): number[] => {
      const { own } = sampler(10_000, 0.1);
      own.setShares(shares({ "GET /a": level }, 10_000), 0);
      return keys.filter((draw) => own.sample("GET /a", draw, 100) !== null);
    };
    const [few, some, all] = [mirroredAt(5), mirroredAt(2), mirroredAt(0)];
    expect([few.length, some.length, all.length]).toEqual([32, 250, 1_000]);
    expect(some.slice(0, few.length)).toEqual(few);
  });

  it("counts all requests of each endpoint, and those beyond a number of endpoints together", () => {
    const { own } = sampler(1);
    for (let at = 0; at < 2_500; at += 1) own.sample(`GET /${at}`, 0.5, 100);
    const counts = own.takeArrivals();
    expect(counts).toHaveLength(2_001);
    expect(counts[0]).toEqual({ ...CANDIDATE, endpoint: "GET /0", requests: 1, mirrored: 1 });
    expect(counts.at(-1)).toEqual({ ...CANDIDATE, endpoint: OVERFLOW_ENDPOINT, requests: 500, mirrored: 0 });
    expect(own.takeArrivals()).toEqual([]);
  });
});
