import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { waitForEndOfTurn } from "../../../src/lib/runtime/end-of-turn.ts";

const order: string[] = [];
afterEach(async () => {
  await nextTurn();
  order.length = 0;
});

function task(name: string, endTurn?: () => void) {
  return {
    endTurn() {
      order.push(name);
      endTurn?.();
    },
  };
}

it("lets all tasks but the first of a turn wait for its end, and runs them in order", async () => {
  expect(["a", "b", "c"].map((name) => waitForEndOfTurn(task(name)))).toEqual([false, true, true]);
  await Promise.resolve();
  expect(order).toEqual([]);
  await nextTurn();
  expect(order).toEqual(["b", "c"]);
  expect(waitForEndOfTurn(task("next turn"))).toBe(false);
});

it("runs a task that another one adds at the same end of a turn", async () => {
  waitForEndOfTurn(task("first"));
  waitForEndOfTurn(task("a", () => waitForEndOfTurn(task("added"))));
  waitForEndOfTurn(task("b"));
  await nextTurn();
  expect(order).toEqual(["a", "b", "added"]);
});
