import { array, assert, constant, double, integer, oneof, option, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { createPacer, type Pacer } from "../../src/replay/pacer.ts";

const START = Date.UTC(2026, 10, 30);

function due(pacer: Pacer, at: number | null): number {
  return pacer.due({ at, place: "f:1" });
}

describe("createPacer", () => {
  it("keeps the recorded distances, divided by the speed", () => {
    const pacer = createPacer({ type: "speed", factor: 2 });
    expect([0, 100, 100, 350].map((ms) => due(pacer, START + ms))).toEqual([0, 50, 50, 175]);
  });

  it("sends what is out of order, or without a time, with the request before it", () => {
    const pacer = createPacer({ type: "speed", factor: 1 });
    expect([START, null, START + 1000, START + 400, null].map((at) => due(pacer, at))).toEqual([
      0, 0, 1000, 1000, 1000,
    ]);
  });

  it("does not follow the times of a recording that has none", () => {
    const pacer = createPacer({ type: "speed", factor: 1 });
    expect(() => due(pacer, null)).toThrow("--speed: f:1 has no recorded time; set the pace with --rate");
  });

  it("continues where it was when the recording begins again", () => {
    const pacer = createPacer({ type: "speed", factor: 0.5 });
    const pass = (): number[] => [0, 10, 30].map((ms) => due(pacer, START + ms));
    expect(pass()).toEqual([0, 20, 60]);
    pacer.restart();
    expect(pass()).toEqual([60, 80, 120]);
  });

  it("has a constant rate across passes, whatever the recorded times are", () => {
    const pacer = createPacer({ type: "rate", perSecond: 100 });
    expect([due(pacer, START), due(pacer, null)]).toEqual([0, 10]);
    pacer.restart();
    expect(due(pacer, START)).toBe(20);
  });

  it("has everything due at once without a pace", () => {
    const pacer = createPacer({ type: "unpaced" });
    expect([START, START + 5000].map((at) => due(pacer, at))).toEqual([0, 0]);
  });

  it("never goes back, for any times and passes", () => {
    const step = oneof(constant("restart" as const), option(integer({ min: -1e6, max: 1e6 })));
    assert(
      property(array(step), double({ min: 0.01, max: 100, noNaN: true }), (steps, factor) => {
        const pacer = createPacer({ type: "speed", factor });
        let before = due(pacer, START);
        for (const at of steps) {
          if (at === "restart") {
            pacer.restart();
            continue;
          }
          const next = due(pacer, at);
          expect(next).toBeGreaterThanOrEqual(before);
          before = next;
        }
      }),
    );
  });
});
