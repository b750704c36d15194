import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/model/report.ts";
import { endpointNeed, type EndpointMemory } from "../../../src/report/sampling/endpoint-needs.ts";

const ALLOWED = 0.001;
const NOW = 1_000_000;

function seen(compared: number, differing: number, verdict: Verdict, needed: number | null = 0) {
  const rate = compared === 0 ? 1 : 1 - differing / compared;
  return { compared, verdict, needed, parity: { rate, low: 0, high: 1 } };
}

function after(
  first: ReturnType<typeof seen>,
  second: ReturnType<typeof seen>,
  msLater = 5_000,
): ReturnType<typeof endpointNeed>["need"] {
  const { memory } = endpointNeed(first, undefined, ALLOWED, NOW);
  return endpointNeed(second, memory, ALLOWED, NOW + msLater).need;
}

describe("what an endpoint needs", () => {
  it("is nothing once it passes, and more responses while it is inconclusive", () => {
    expect(endpointNeed(seen(5_000, 0, "pass"), undefined, ALLOWED, NOW).need).toBe("settled");
    expect(endpointNeed(seen(300, 0, "inconclusive"), undefined, ALLOWED, NOW).need).toBe("undecided");
  });

  it("is an explanation when differences appear in an endpoint that passes, for a minute", () => {
    const passing = seen(100_000, 5, "pass");
    expect(after(passing, seen(100_100, 5, "pass"))).toBe("settled");
    expect(after(passing, seen(100_100, 6, "pass"))).toBe("settled");
    expect(after(passing, seen(100_100, 8, "pass"))).toBe("suspect");
    const { memory } = endpointNeed(seen(100_100, 8, "pass"), memoryOf(passing), ALLOWED, NOW);
    const later = (ms: number) => endpointNeed(seen(100_200, 8, "pass"), memory, ALLOWED, NOW + ms).need;
    expect([later(59_000), later(61_000)]).toEqual(["suspect", "settled"]);
  });

  it("is no explanation for as many differences as the gate allows", () => {
    expect(after(seen(100_000, 50, "pass"), seen(110_000, 62, "pass"))).toBe("settled");
  });

  it("is an explanation for 500 more responses once it fails", () => {
    const failing = seen(300, 30, "fail");
    expect(endpointNeed(failing, undefined, ALLOWED, NOW).need).toBe("suspect");
    expect(after(failing, seen(799, 80, "fail"))).toBe("suspect");
    expect(after(failing, seen(800, 80, "fail"))).toBe("settled");
  });

  it("is an explanation for as long where more responses cannot help, because a person has to decide", () => {
    expect(after(stuck(200), stuck(300))).toBe("suspect");
    expect(after(stuck(200), stuck(700))).toBe("settled");
  });

  it("starts again in the next run, which counts from zero", () => {
    expect(after(seen(100_000, 90, "fail"), seen(20, 0, "inconclusive"))).toBe("undecided");
  });
});

function stuck(compared: number) {
  return seen(compared, compared, "inconclusive", null);
}

function memoryOf(first: ReturnType<typeof seen>): EndpointMemory {
  return endpointNeed(first, undefined, ALLOWED, NOW).memory;
}
