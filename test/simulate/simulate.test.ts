import { describe, expect, it } from "vitest";
import { fieldShares, manyShares } from "./fields.ts";
import { latencyShares } from "./latency.ts";
import { parityShares } from "./parity.ts";
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
    expect(some.together.found).toBeGreaterThan(0.95);
  });
});

describe("simulated parity against 99.9%, checked every 100 requests", () => {
  it("fails falsely by Wilson's interval, but not by the sequence", () => {
    const { wilsonFailed, failed, passed } = parityShares({ parity: 0.999, requests: 20_000 }, 100, SEED);
    expect(wilsonFailed).toBeGreaterThan(atMost(100));
    expect(failed).toBeLessThanOrEqual(atMost(100));
    expect(passed).toBeLessThanOrEqual(atMost(100));
  });

  it("passes and fails clear cases", () => {
    expect(parityShares({ parity: 0.9999, requests: 20_000 }, 50, SEED).passed).toBeGreaterThan(0.95);
    expect(parityShares({ parity: 0.995, requests: 20_000 }, 50, SEED)).toMatchObject({ failed: 1, passed: 0 });
  });
});

describe("simulated latency against 1.1", () => {
  it("has the promised coverage and false alarms if nothing changed", () => {
    const { covered, found, failed, passed } = latencyShares({ factor: 1, requests: 1000 }, 100, SEED);
    expect(1 - covered).toBeLessThanOrEqual(atMost(100));
    expect(found).toBeLessThanOrEqual(atMost(100));
    expect([failed, passed]).toEqual([0, 1]);
  });

  it("neither fails nor passes at the limit, whenever it is checked", () => {
    const { failed, passed } = latencyShares({ factor: 1.1, requests: 2000 }, 100, SEED);
    expect(failed).toBeLessThanOrEqual(atMost(100));
    expect(passed).toBeLessThanOrEqual(atMost(100));
  });

  it("finds 5% by pairs, where an unpaired test finds nothing, and fails 20%", () => {
    const { found, mannWhitney } = latencyShares({ factor: 1.05, requests: 100 }, 100, SEED);
    expect(found).toBeGreaterThan(0.55);
    expect(mannWhitney).toBeLessThan(0.05);
    expect(latencyShares({ factor: 1.2, requests: 1000 }, 50, SEED)).toMatchObject({ failed: 1, passed: 0 });
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
