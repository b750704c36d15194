import { describe, expect, it } from "vitest";
import { isSampled, shuffle } from "../../src/mirror/sampling.ts";
import { seeded } from "../lib/seeded.ts";

const DRAWS = 1_000_000;
const LARGEST_DRAW = 1 - Number.EPSILON / 2;

describe("isSampled", () => {
  it.each([0.01, 0.5, 5, 33.3333, 50, 99.9])("samples %f %% within three standard deviations", (percent) => {
    const random = seeded(42);
    let hits = 0;
    for (let draw = 0; draw < DRAWS; draw += 1) if (isSampled(random(), percent)) hits += 1;
    const share = percent / 100;
    const deviation = Math.sqrt(DRAWS * share * (1 - share));
    expect(Math.abs(hits - DRAWS * share)).toBeLessThan(3 * deviation);
  });

  it("is exact for 0 and 100, and samples one in a million at 0.0001%", () => {
    expect([isSampled(0, 0), isSampled(LARGEST_DRAW, 100)]).toEqual([false, true]);
    expect([isSampled(0.999e-6, 0.0001), isSampled(1.001e-6, 0.0001)]).toEqual([true, false]);
  });

  it("samples nested sets", () => {
    const random = seeded(7);
    const draws = Array.from({ length: 10_000 }, random);
    expect(draws.filter((draw) => isSampled(draw, 5) && !isSampled(draw, 10))).toEqual([]);
  });
});

describe("shuffle", () => {
  it("returns every order equally often", () => {
    const random = seeded(1);
    const counts = new Map<string, number>();
    for (let round = 0; round < 6_000; round += 1) {
      const order = shuffle(["a", "b", "c"], random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(3 * Math.sqrt(6_000 / 6));
  });
});
