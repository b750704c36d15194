import { expect, it } from "vitest";
import { ControlBudget } from "../../src/capture/control-budget.ts";

/** A thread at a time, with a share of idle time. @returns how many controls of 0.1 ms it can afford in so many seconds */
function affordable(idleShare: number, seconds: number): number {
  let now = 0;
  const budget = new ControlBudget(
    () => now,
    () => now * idleShare,
  );
  let count = 0;
  for (; now < seconds * 1_000; now += 0.5) {
    if (!budget.hasTime()) continue;
    count += 1;
    budget.spend(0.1, 0);
  }
  return count;
}

it("a busy thread spends 1% of its time on controls, an idle one 2%, and 10 ms more at once", () => {
  // 1% of 10 s are 100 ms.
  expect(affordable(0, 10)).toBe(1_100);
  expect(affordable(1, 10)).toBe(2_100);
  expect(affordable(0.5, 10)).toBe(1_600);
});

it("an expensive control delays the next ones, and unused time is not saved beyond 10 ms", () => {
  let now = 0;
  const budget = new ControlBudget(
    () => now,
    () => 0,
  );
  expect(budget.hasTime()).toBe(true);
  budget.spend(30, 0);
  now = 1_999;
  expect(budget.hasTime()).toBe(false);
  now = 2_001;
  expect(budget.hasTime()).toBe(true);
  now = 1_000_000;
  expect(budget.hasTime()).toBe(true);
  budget.spend(10, 0);
  expect(budget.hasTime()).toBe(false);
});

it("a large body counts as the time that it costs a compare thread: 10 ms for 1 MB", () => {
  let now = 0;
  const budget = new ControlBudget(
    () => now,
    () => 0,
  );
  for (let count = 0; count < 2; count += 1) {
    expect(budget.hasTime()).toBe(true);
    budget.spend(0, 600 * 1024);
  }
  now = 199;
  expect(budget.hasTime()).toBe(false);
  now = 201;
  expect(budget.hasTime()).toBe(true);
});
