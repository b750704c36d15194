import { expect, it } from "vitest";
import { ControlBudget } from "../../src/capture/control-budget.ts";

/** A thread at a time, with a share of idle time. @returns how many controls of 0.1 ms it can afford in so many seconds */
function affordable(idleShare: number, seconds: number): number {
  let [now, spent, count] = [0, 0, 0];
  const budget = new ControlBudget({ cpu: () => now * (1 - idleShare) + spent, idle: () => now * idleShare });
  for (; now < seconds * 1_000; now += 0.5) {
    if (!budget.hasTime()) continue;
    count += 1;
    budget.spend(0, () => (spent += 0.1));
  }
  return count;
}

it("a busy thread spends 1% of its time on controls, an idle one 2%, and 10 ms more at once", () => {
  // 1% of 10 s are 100 ms.
  // The controls themselves are busy time, too.
  expect(Math.abs(affordable(0, 10) - 1_100 / 0.99)).toBeLessThan(3);
  expect(Math.abs(affordable(1, 10) - 2_100 / 0.99)).toBeLessThan(3);
  expect(Math.abs(affordable(0.5, 10) - 1_600 / 0.99)).toBeLessThan(3);
});

it("an expensive control delays the next ones, and unused time is not saved beyond 10 ms", () => {
  let now = 0;
  const budget = new ControlBudget({ cpu: () => now, idle: () => 0 });
  expect(budget.hasTime()).toBe(true);
  budget.spend(0, () => (now += 30));
  now += 1_960;
  expect(budget.hasTime()).toBe(false);
  now += 20;
  expect(budget.hasTime()).toBe(true);
  now += 1_000_000;
  expect(budget.hasTime()).toBe(true);
  budget.spend(0, () => (now += 10.2));
  expect(budget.hasTime()).toBe(false);
});

it("a large body counts as the time that it costs a compare thread: 10 ms for 1 MB", () => {
  let now = 0;
  const budget = new ControlBudget({ cpu: () => now, idle: () => 0 });
  for (let count = 0; count < 2; count += 1) {
    expect(budget.hasTime()).toBe(true);
    budget.spend(600 * 1024, () => {});
  }
  now = 199;
  expect(budget.hasTime()).toBe(false);
  now = 201;
  expect(budget.hasTime()).toBe(true);
});
