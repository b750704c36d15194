import { array, assert, constantFrom, double, integer, nat, pre, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndpointNeed } from "../../../src/model/control.ts";
import { planShares, type SampledEndpoint } from "../../../src/report/sampling/plan-shares.ts";

const LIMITS = { budget: 200, largestLevel: 9, share: 1 };

function endpoint(name: string, perSecond: number, need: EndpointNeed = "undecided", compared = 0): SampledEndpoint {
  return { endpoint: name, perSecond, need, compared };
}

const endpoints = array(
  record({
    perSecond: double({ min: 0, max: 5_000, noNaN: true }),
    need: constantFrom<EndpointNeed>("settled", "undecided", "suspect"),
    compared: nat(50_000),
  }),
  { maxLength: 60 },
).map((all) => all.map((each, at) => ({ endpoint: `GET /${at}`, ...each })));

function total(all: readonly SampledEndpoint[]): number {
  return all.reduce((sum, { perSecond }) => sum + perSecond, 0);
}

describe("planned shares", () => {
  it("need no more than the budget, unless the floor alone does", () => {
    assert(
      property(endpoints, integer({ min: 1, max: 2_000 }), (all, budget) => {
        const { expected } = planShares(all, { ...LIMITS, budget });
        expect(expected).toBeLessThanOrEqual(Math.max(budget, total(all) / 2 ** 9) + 1e-6);
      }),
    );
  });

  it("lie between the floor and the configured percentage, and what is settled has the floor", () => {
    assert(
      property(endpoints, (all) => {
        const { levels } = planShares(all, LIMITS);
        for (const { endpoint: name, need } of all) {
          const level = levels.get(name) ?? -1;
          expect(level).toBeGreaterThanOrEqual(0);
          expect(level).toBeLessThanOrEqual(9);
          expect(need !== "settled" || level === 9).toBe(true);
        }
      }),
    );
  });

  it("depend on nothing but what was seen: the order of endpoints does not matter", () => {
    assert(
      property(endpoints, (all) => {
        const distinct = all.map((each, at) => ({ ...each, perSecond: each.perSecond + at * 1e-3 }));
        expect(planShares(distinct.toReversed(), LIMITS).levels).toEqual(planShares(distinct, LIMITS).levels);
      }),
    );
  });

  it("give every undecided endpoint about half of what uniform sampling would, while the budget pays for the floor", () => {
    assert(
      property(endpoints, (all) => {
        pre(total(all) / 2 ** 9 < 20);
        const uniform = LIMITS.budget / total(all);
        const { levels } = planShares(all, LIMITS);
        for (const { endpoint: name, need } of all) {
          if (need === "settled") continue;
          // Powers of two are rounded, so a half may be 0.3; and a tenth of the budget is not planned.
          expect(2 ** -(levels.get(name) ?? 9)).toBeGreaterThanOrEqual(Math.min(1, 0.3 * uniform));
        }
      }),
    );
  });

  it("are the configured percentage for all undecided endpoints when the budget is large enough", () => {
    const { levels } = planShares([endpoint("a", 100), endpoint("b", 1), endpoint("c", 50, "settled")], LIMITS);
    expect([levels.get("a"), levels.get("b"), levels.get("c")]).toEqual([0, 0, 9]);
  });

  it("serve the rarest undecided endpoints first, each in full", () => {
    const zipf = Array.from({ length: 200 }, (_, at) => endpoint(`${at}`, 3_400 / (at + 1)));
    const { levels, expected } = planShares(zipf, LIMITS);
    expect([levels.get("199"), levels.get("197"), levels.get("0")]).toEqual([0, 0, 8]);
    expect(expected).toBeGreaterThan(150);
  });

  it("let others go first when an endpoint has had its turn and is still undecided", () => {
    const rare = Array.from({ length: 20 }, (_, at) => endpoint(`${at}`, 17 + at / 100));
    const crowd = [...rare, endpoint("often", 20_000, "settled")];
    const later = crowd.map((each) => (each.endpoint === "0" ? { ...each, compared: 20_001 } : each));
    expect(planShares(crowd, LIMITS).levels.get("0")).toBe(0);
    expect(planShares(later, LIMITS).levels.get("0")).toBeGreaterThan(0);
    expect(planShares(later, LIMITS).levels.get("1")).toBe(0);
  });

  it("raise an endpoint in which a regression was seen before all others, within half of what is left", () => {
    const others = Array.from({ length: 100 }, (_, at) => endpoint(`${at}`, 20 + at / 10));
    const [calm, seen] = (["settled", "suspect"] as const).map((need) =>
      planShares([...others, endpoint("broken", 40, need), endpoint("often", 10_000, "settled")], LIMITS),
    );
    expect(calm?.levels.get("broken")).toBe(9);
    expect(seen?.levels.get("broken")).toBe(0);
    const frequent = planShares([...others, endpoint("often", 10_000, "suspect")], LIMITS).levels.get("often") ?? 0;
    expect(10_000 / 2 ** frequent).toBeLessThan(100 + 10_000 / 2 ** 9);
    expect(frequent).toBeLessThan(9);
  });
});
