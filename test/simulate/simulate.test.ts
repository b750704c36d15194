import { describe, expect, it } from "vitest";
import { falseShares, foundShares } from "./explain.ts";
import { fieldDelay, fieldShares, manyShares } from "./fields.ts";
import { latencyShares } from "./latency.ts";
import { parityDelay, parityShares } from "./parity.ts";
import { byTenth, sampledRun, type SamplingMode } from "./sampling.ts";
import { runShares } from "./whole-run.ts";
import { ALPHA } from "../../src/report/statistics/significance.ts";

const SEED = 20_261_121;

/** The largest share of false alarms by chance for a method with 5%: three standard deviations more. */
function atMost(runs: number): number {
  return ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / runs);
}

describe("simulated fields, checked every 100 requests", () => {
  it.each([0.005, 0.05, 0.3, 0.9])("are falsely called real in at most 5 of 100 runs with a noise of %d", (noise) => {
    expect(fieldShares({ noise, change: 0, requests: 1000 }, 200, SEED).ours).toBeLessThanOrEqual(atMost(200));
  });

  it("are found if one response in twenty changed, and behind strong noise with enough traffic", () => {
    expect(fieldShares({ noise: 0.005, change: 0.05, requests: 1000 }, 200, SEED).ours).toBe(1);
    expect(fieldShares({ noise: 0.3, change: 0.05, requests: 10_000 }, 50, SEED).ours).toBeGreaterThan(0.85);
  });

  it("show that Diffy's rule is wrong in most runs with a noise of 0.5%, and blind with a noise of 30%", () => {
    const rare = fieldShares({ noise: 0.005, change: 0, requests: 1000 }, 200, SEED);
    expect(rare.diffyPeeked).toBeGreaterThan(0.5);
    const hidden = fieldShares({ noise: 0.3, change: 0.05, requests: 5000 }, 100, SEED);
    expect(hidden.diffyOnce).toBe(0);
    expect(hidden.ours).toBeGreaterThan(0.45);
  });

  it("are judged together: few runs of 50 fields have a false one, and the changed ones are found", () => {
    const world = { noise: 0.05, change: 0.1, requests: 1000 };
    const none = manyShares({ ...world, noisy: 50, changed: 0 }, 60, SEED);
    expect(none.together.everFalse).toBeLessThanOrEqual(atMost(60));
    expect(none["each alone"].everFalse).toBeGreaterThan(atMost(60));
    const some = manyShares({ ...world, noisy: 45, changed: 5 }, 60, SEED);
    expect(some.together.falseDiscoveries).toBeLessThanOrEqual(ALPHA);
    expect(some.together.found).toBeGreaterThan(0.9);
  });
});

describe("simulated fields whose differences come in bursts", () => {
  it.each([
    [1, 10],
    [5, 100],
    [5, 1000],
    [20, 10],
    [20, 100],
    [20, 1000],
    [100, 100],
  ])("of %d are falsely called real in at most 5 of 100 runs, at %d requests a second", (burst, perSecond) => {
    const world = { noise: 0.02, burst, change: 0, requests: 5000, perSecond };
    expect(fieldShares(world, 100, SEED).ours).toBeLessThanOrEqual(atMost(100));
  });

  it("are judged together: few runs of 50 fields with bursts of five have a false one", () => {
    const world = { noise: 0.02, burst: 5, change: 0, requests: 3000, noisy: 50, changed: 0 };
    expect(manyShares(world, 20, SEED).together.everFalse).toBeLessThanOrEqual(atMost(20));
  });
});

describe("a late change after 20,000 good requests", () => {
  it("is found in a field within 200 requests if 5% change, and within 1,000 if 1% do", () => {
    expect(fieldDelay({ noise: 0, change: 0.05, good: 20_000, requests: 22_000 }, 15, SEED)).toBeLessThanOrEqual(200);
    expect(fieldDelay({ noise: 0, change: 0.01, good: 20_000, requests: 22_000 }, 15, SEED)).toBeLessThanOrEqual(1000);
  });

  it("fails the gate within 200 requests if 5% differ, and within 1,000 if 1% do", () => {
    expect(parityDelay({ good: 20_000, differing: 0.05, requests: 22_000 }, 15, SEED)).toBeLessThanOrEqual(200);
    expect(parityDelay({ good: 20_000, differing: 0.01, requests: 22_000 }, 15, SEED)).toBeLessThanOrEqual(1000);
  });
});

describe("simulated parity against 99.9%, checked every 100 requests", () => {
  it("fails falsely by Wilson's interval, but not by the sequence", () => {
    const { wilsonFailed, failed, passed } = parityShares({ parity: 0.999, requests: 20_000 }, 100, SEED);
    expect(wilsonFailed).toBeGreaterThan(atMost(100));
    expect(failed).toBeLessThanOrEqual(atMost(100));
    expect(passed).toBeLessThanOrEqual(atMost(100));
  });

  it.each([5, 20, 100])("does not fail falsely if differences come in bursts of %d", (burst) => {
    expect(parityShares({ parity: 0.999, burst, requests: 10_000 }, 60, SEED).failed).toBeLessThanOrEqual(atMost(60));
  });

  it("passes and fails clear cases", () => {
    expect(parityShares({ parity: 0.9999, requests: 20_000 }, 50, SEED).passed).toBeGreaterThan(0.95);
    expect(parityShares({ parity: 0.995, requests: 20_000 }, 50, SEED)).toMatchObject({ failed: 1, passed: 0 });
  });
});

describe("simulated latency, checked every 100 requests", () => {
  it("covers the ratio and passes if nothing changed", () => {
    expect(latencyShares({ requests: 1_000 }, 50, SEED)).toMatchObject({ failed: 0, covered: 1 });
    expect(latencyShares({ requests: 1_000 }, 50, SEED).passedAtEnd).toBeGreaterThan(0.9);
  });

  it.each([
    [50, false],
    [250, false],
    [250, true],
    [750, false],
  ])(
    "rarely fails if the speed of every server wanders for %d requests (with a secondary: %s)",
    (wanderRequests, hasSecondary) => {
      const { failed, covered } = latencyShares({ requests: 3_000, wanderRequests, hasSecondary }, 40, SEED);
      expect(failed).toBeLessThanOrEqual(wanderRequests > 250 ? 2 * atMost(40) : atMost(40));
      expect(covered).toBeGreaterThanOrEqual(0.85);
    },
  );

  it("rarely decides at the limit, fails 20% within 1,000 requests, and passes 5%", () => {
    const { failed, passedAtEnd } = latencyShares({ requests: 2_000, factor: 1.1 }, 50, SEED);
    expect(failed).toBeLessThanOrEqual(atMost(50));
    expect(passedAtEnd).toBeLessThanOrEqual(atMost(50));
    expect(latencyShares({ requests: 1_000, factor: 1.2 }, 50, SEED).failedAtEnd).toBeGreaterThanOrEqual(0.95);
    expect(latencyShares({ requests: 2_000, factor: 1.05 }, 100, SEED).passedAtEnd).toBeGreaterThanOrEqual(0.95);
  });

  it("fails slow tails although the median is as fast", () => {
    const tenth = latencyShares({ requests: 2_000, slowShare: 0.1, slowFactor: 5 }, 20, SEED);
    expect(tenth.failedAtEnd).toBe(1);
    const many = latencyShares({ requests: 2_000, slowShare: 0.45, slowFactor: 10 }, 20, SEED);
    expect(many.failedAtEnd).toBe(1);
  });

  it("finds a candidate that becomes twice as slow within a few hundred requests", () => {
    const late = latencyShares({ requests: 6_000, factor: 2, breaksAfter: 5_000 }, 20, SEED);
    expect(late.failedAtEnd).toBe(1);
    expect(late.found).toBeLessThanOrEqual(400);
  });

  it("never fails identical servers that pause while the client waits", () => {
    expect(latencyShares({ requests: 3_000, isClosedLoop: true }, 20, SEED).failed).toBe(0);
    expect(latencyShares({ requests: 3_000, isClosedLoop: true, hasSecondary: true }, 20, SEED).failed).toBe(0);
  });
});

describe("simulated runs over ten noisy endpoints, checked every 500 requests", () => {
  it("pass without a change and never fail, and their placebo raises no alarm", () => {
    const { failed, passed, placeboFailed, falseAlarmRate } = runShares({ change: 0, requests: 10_000 }, 20, SEED);
    expect(failed).toBeLessThanOrEqual(atMost(20));
    expect(placeboFailed).toBeLessThanOrEqual(atMost(20));
    expect(passed).toBeGreaterThan(0.85);
    expect(falseAlarmRate).toBeLessThanOrEqual(ALPHA);
  });

  it("fail if one endpoint of ten changed in one response of ten", () => {
    expect(runShares({ change: 0.1, requests: 10_000 }, 10, SEED)).toMatchObject({ failed: 1, passed: 0 });
  });
});

describe("sampling by verdict, with a hundredth of the traffic of 40 endpoints (Zipf)", () => {
  const world = { endpoints: 40, perSecond: 4_000, budget: 40, parity: 0.95, unchanged: 0, changed: 0.5, hours: 0.5 };
  const [uniform, verdict] = (["uniform", "verdict"] as const).map((mode: SamplingMode) =>
    sampledRun({ ...world, stepSeconds: 5 }, mode, SEED),
  );

  it("judges the rarest tenth of endpoints at least five times sooner than uniform sampling, and all of them sooner", () => {
    const [before, now] = [uniform, verdict].map((run) => byTenth(run === undefined ? [] : [run]));
    expect((before?.at(-1) ?? 0) / (now?.at(-1) ?? 1)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...(now ?? []))).toBeLessThan(Math.max(...(before ?? [])));
    expect(Math.max(...(now ?? []))).toBeLessThan(world.hours);
  });

  it("makes no error that uniform sampling does not make, and stays within the budget", () => {
    for (const run of [uniform, verdict]) {
      expect(run).toMatchObject({ falselyFailed: 0, missed: 0, found: 4 });
      expect(run?.mean).toBeLessThanOrEqual(1.05 * world.budget);
    }
  });

  it("estimates the differing share of all traffic, which is not that of the mirrored requests", () => {
    const { differing = 0, truth = 0, hours = [] } = verdict ?? {};
    // At the smallest share, 1 of 1,024 requests is compared.
    const compared = (world.perSecond * 3_600 * Math.max(...hours)) / 1_024;
    expect(Math.abs(differing - truth)).toBeLessThan(3 * Math.sqrt((truth * (1 - truth)) / compared));
  });
});

describe("explanations of simulated causes", () => {
  it.each([
    ["of clients that send 20 requests in a row, the cause in bursts of 20", "sessions", 20, 0.02],
    ["of clients that change over time, as does the cause", "drift", 1, 0.02],
    ["that are independent", "none", 1, 0.2],
  ] as const)(
    "name a condition falsely in at most 5 of 100 runs with 40 attributes %s",
    (_, dependence, burst, share) => {
      const world = { exchanges: 2000, attributes: 40, dependence, share, burst, reason: null };
      expect(falseShares(world, 20, SEED).condition).toBeLessThanOrEqual(atMost(20));
    },
  );

  it("name the reason of a cause that shows in a third of the exchanges that meet it, and nothing else", () => {
    const world = { exchanges: 2000, attributes: 40, dependence: "clients", share: 0.01, burst: 1 } as const;
    const found = foundShares({ ...world, reason: { prevalence: 0.1, effect: 0.3 } }, 20, SEED);
    expect(found).toEqual({ named: 1, others: 0 });
  });
});
