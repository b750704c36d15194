import { describe, expect, it } from "vitest";
import { SlowestExchanges } from "../../../src/compare/samples/slowest-exchanges.ts";
import { latencyStep } from "../../../src/lib/log-buckets.ts";
import { SLOWEST_PER_STEP, type SlowExchange } from "../../../src/model/latency.ts";
import { seeded } from "../../lib/seeded.ts";

const KEY = { route: "default", endpoint: "GET /orders/{id}", candidate: "v2" };

function exchange(candidateMs: number, at = 0): SlowExchange {
  const status = { primaryStatus: 200, candidateStatus: 200 };
  return {
    ...KEY,
    ...status,
    at,
    method: "GET",
    target: "/",
    primaryMs: 1,
    candidateMs,
    secondaryMs: null,
    sampleId: null,
  };
}

function offered(latencies: readonly (number | null)[], isEnabled = true): readonly number[] {
  const slowest = new SlowestExchanges(isEnabled);
  for (const ms of latencies) slowest.offer(KEY, ms, exchange);
  return slowest.take().map(({ candidateMs }) => candidateMs);
}

describe("SlowestExchanges", () => {
  it("offers those that are among the slowest three of their step", () => {
    expect(latencyStep(104)).toBe(latencyStep(110));
    expect(offered([104, 106, 105, 103, 105.5, 110, 105.5, null])).toEqual([104, 106, 105, 105.5, 110]);
  });

  it("offers the slowest of each step, whatever the order, and few others", () => {
    const random = seeded(4);
    const latencies = Array.from({ length: 20_000 }, () => 10 * Math.exp(2 * random()));
    const taken = offered(latencies);
    const bySteps = Map.groupBy(latencies, latencyStep);
    for (const own of bySteps.values()) {
      const best = own.toSorted((a, b) => b - a).slice(0, SLOWEST_PER_STEP);
      expect(best.filter((ms) => !taken.includes(ms))).toEqual([]);
    }
    expect(taken.length).toBeLessThan(bySteps.size * 40);
  });

  it("tracks endpoints and candidates on their own, and starts a new list at each take", () => {
    const slowest = new SlowestExchanges(true);
    for (const ms of [100, 101, 102, 99]) slowest.offer(KEY, ms, exchange);
    slowest.offer({ ...KEY, endpoint: "GET /other" }, 99, exchange);
    slowest.offer({ ...KEY, candidate: "v3" }, 99, exchange);
    expect(slowest.take()).toHaveLength(5);
    expect(slowest.take()).toEqual([]);
  });

  it("offers nothing where no exchange may be stored", () => {
    expect(offered([1, 10, 100], false)).toEqual([]);
  });
});
