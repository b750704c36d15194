import { describe, expect, it } from "vitest";
import { slotOf, slotStart } from "../../src/lib/time-slots.ts";
import type { OutcomeRow } from "../../src/store/store.ts";
import type { Timed } from "./memory-blocks.ts";
import { ORDERS, outcome, reportOf, rule, RUN, statusPairs } from "./memory-reader.ts";

const START = slotOf(RUN.startedAt);
const PRICE = "body $.price value";
const CLOCK = "body $.now value";

/** One slot of 20 exchanges, some of which differ. */
function slot(at: number, marks: Readonly<Record<string, number>> = {}): Timed<OutcomeRow>[] {
  const differing = Object.entries(marks).map(([mark, count]) => ({ ...outcome(count, [mark]), slot: START + at }));
  const rest = 20 - differing.reduce((sum, { count }) => sum + count, 0);
  return [...differing, { ...outcome(rest, []), slot: START + at }];
}

const slots = (from: number, to: number, marks: (at: number) => Readonly<Record<string, number>> = () => ({})) =>
  Array.from({ length: to - from }, (_, index) => slot(from + index, marks(from + index))).flat();

describe("a report over time", () => {
  it("fails soon after a break in the middle of a run, and says since when", async () => {
    const good = slots(0, 800);
    const outcomes = [...good, ...slots(800, 814, () => ({ [`${PRICE} raw`]: 1 }))];
    expect((await reportOf({ outcomes: good })).verdict).toBe("pass");
    const report = await reportOf({ outcomes });
    const since = slotStart(START + 800);
    expect(report.verdict).toBe("fail");
    expect(report.reasons[0]).toContain("; since 2026-11-20 10:01:40 UTC, 14 of 280");
    expect(report.endpoints[0]?.differences[0]).toMatchObject({ verdict: "real", since, count: 14 });
    expect(report.endpoints[0]?.causes[0]).toMatchObject({ since });
  });

  it("takes bursts for noise, says so, and says what they could hide", async () => {
    const outcomes = slots(0, 400, (at) => {
      if (at % 100 === 0) return { [`${CLOCK} raw`]: 20 };
      return at % 133 === 7 ? { [`${CLOCK} noise`]: 10 } : {};
    });
    const report = await reportOf({ outcomes });
    expect(report.verdict).toBe("pass");
    const [field] = report.endpoints[0]?.differences ?? [];
    expect(field).toMatchObject({ verdict: "noise", count: 80, noise: 30, since: null });
    expect(field?.inflation).toBeGreaterThan(10);
    expect(field?.mayHide).toBeGreaterThan(0.015);
    // The same counts as independent exchanges.
    const { verdict } = await reportOf({ outcomes: outcomes.map(({ slot: _slot, ...row }) => row) });
    expect(verdict).toBe("fail");
  });

  it("neither fails nor passes if a noisy field differs more often within half a second", async () => {
    const outcomes = slots(0, 4, () => ({ [`${PRICE} raw`]: 12, [`${PRICE} noise`]: 2 }));
    const report = await reportOf({ outcomes }, { ...RUN, gate: { ...RUN.gate, parity: 0.9, minCompared: 10 } });
    expect(report.endpoints[0]).toMatchObject({ verdict: "inconclusive", differences: [{ verdict: "likely" }] });
    expect(report.verdict).toBe("inconclusive");
  });

  it("hides what a rule ignores in the blocks too", async () => {
    const outcomes = [...slots(0, 800), ...slots(800, 830, () => ({ [`${PRICE} raw`]: 20 }))];
    expect((await reportOf({ outcomes })).verdict).toBe("fail");
    const report = await reportOf({ outcomes, rules: [rule("$.price")] });
    expect(report.verdict).toBe("pass");
    expect(report.endpoints[0]?.differences).toMatchObject([{ path: "$.price", rule: "rule-1", count: 600 }]);
  });

  it("finds errors that begin late although the run as a whole has few", async () => {
    const statuses = Array.from({ length: 1020 }, (_, at) => [
      { ...statusPairs(200, 200, at < 1000 ? 20 : 19), slot: START + at },
      ...(at < 1000 ? [] : [{ ...statusPairs(200, 503, 1), slot: START + at }]),
    ]).flat();
    const outcomes = slots(0, 1020, (at) => (at < 1000 ? {} : { "status 200->503 status both": 1 }));
    const report = await reportOf({ outcomes, statuses });
    expect(report.errors.verdict).toBe("fail");
    expect(report.endpoints.find(({ endpoint }) => endpoint === ORDERS)?.reasons.join()).toContain("5xx or incomplete");
    expect(report.errors.candidate.rate).toBeLessThan(0.001);
  });

  it("judges the secondary by its blocks: a late change of the secondary fails the placebo only", async () => {
    const outcomes = [...slots(0, 800), ...slots(800, 820, () => ({ [`${PRICE} noise`]: 3 }))];
    const report = await reportOf({ outcomes });
    expect(report.verdict).toBe("pass");
    expect(report.placebo).toMatchObject({ verdict: "fail", falselyReal: 1 });
  });
});
