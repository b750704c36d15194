import { array, assert, constant, double, integer, oneof, option, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { createPacer } from "../../src/replay/pacer.ts";

const START = Date.UTC(2026, 10, 30);

describe("createPacer", () => {
  it("keeps the recorded distances, divided by the speed", () => {
    const pacer = createPacer({ type: "speed", factor: 2 });
    expect([0, 100, 100, 350].map((ms) => pacer.due({ at: START + ms }))).toEqual([0, 50, 50, 175]);
  });

  it("sends what is out of order, or without a time, with the request before it", () => {
    const pacer = createPacer({ type: "speed", factor: 1 });
    expect([START, null, START + 1000, START + 400, null].map((at) => pacer.due({ at }))).toEqual([
      0, 0, 1000, 1000, 1000,
    ]);
  });

  it("continues where it was when the recording begins again", () => {
    const pacer = createPacer({ type: "speed", factor: 0.5 });
    const pass = (): number[] => [0, 10, 30].map((ms) => pacer.due({ at: START + ms }));
    expect(pass()).toEqual([0, 20, 60]);
    pacer.restart();
    expect(pass()).toEqual([60, 80, 120]);
  });

  it("has a constant rate across passes, whatever the recorded times are", () => {
    const pacer = createPacer({ type: "rate", perSecond: 100 });
    expect([pacer.due({ at: START }), pacer.due({ at: null })]).toEqual([0, 10]);
    pacer.restart();
    expect(pacer.due({ at: START })).toBe(20);
  });

  it("has everything due at once without a pace", () => {
    const pacer = createPacer({ type: "unpaced" });
    expect([START, START + 5000].map((at) => pacer.due({ at }))).toEqual([0, 0]);
  });

  it("never goes back, for any times and passes", () => {
    const step = oneof(constant("restart" as const), option(integer({ min: -1e6, max: 1e6 })));
    assert(
      property(array(step), double({ min: 0.01, max: 100, noNaN: true }), (steps, factor) => {
        const pacer = createPacer({ type: "speed", factor });
        let before = 0;
        for (const at of steps) {
          if (at === "restart") {
            pacer.restart();
            continue;
          }
          const due = pacer.due({ at });
          expect(due).toBeGreaterThanOrEqual(before);
          before = due;
        }
      }),
    );
  });
});
