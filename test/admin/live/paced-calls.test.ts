import { expect, it } from "vitest";
import { PacedCalls } from "../../../src/admin/live/paced-calls.ts";

function createCalls() {
  let [calls, restMs] = [0, 0];
  let timer: { readonly ms: number; readonly run: () => void } | undefined;
  const paced = new PacedCalls(
    () => (calls += 1),
    () => restMs,
    {
      setTimeout(run, ms) {
        timer = { ms, run };
        return { unref: () => undefined };
      },
      clear: () => (timer = undefined),
    },
  );
  return {
    paced,
    calls: () => calls,
    waits: () => timer?.ms,
    rest: (ms: number) => (restMs = ms),
    fire: () => timer?.run(),
  };
}

it("calls at once without a rest", () => {
  const { paced, calls } = createCalls();
  paced.call();
  paced.call();
  expect(calls()).toBe(2);
});

it("calls once at the end of a rest, however often it was called, and waits on if that was prolonged", () => {
  const { paced, calls, waits, rest, fire } = createCalls();
  rest(900);
  paced.call();
  paced.call();
  expect([calls(), waits()]).toEqual([0, 900]);
  rest(50);
  fire();
  expect([calls(), waits()]).toEqual([0, 50]);
  rest(0);
  fire();
  expect(calls()).toBe(1);
});

it("does not call after it was closed", () => {
  const { paced, waits, rest } = createCalls();
  rest(900);
  paced.call();
  paced.close();
  expect(waits()).toBeUndefined();
});
