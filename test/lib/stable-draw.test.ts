import { describe, expect, it } from "vitest";
import { stableDraw } from "../../src/lib/stable-draw.ts";
import { withinThreeSigma } from "./seeded.ts";

const USERS = 200_000;
const draws = Array.from({ length: USERS }, (_, index) => stableDraw("mirror", `user-${index}`));

describe("stableDraw", () => {
  it("gives the same number for the same text in every process", () => {
    expect(stableDraw("mirror", "alice")).toBe(stableDraw("mirror", "alice"));
    expect([stableDraw("mirror", "alice"), stableDraw("primary", "alice"), stableDraw("mirror", "")]).toEqual([
      0.21366944210603833, 0.7173421760089695, 0.3144667341839522,
    ]);
  });

  it.each([0.01, 0.1, 1, 5, 50, 99])(
    "spreads similar texts: %f %% of them are hit, within three standard deviations",
    (percent) => {
      const hits = draws.filter((draw) => draw < percent / 100).length;
      expect(withinThreeSigma(hits, USERS, percent / 100)).toBe(true);
    },
  );

  it("draws for two purposes are independent", () => {
    const both = draws.filter((draw, index) => draw < 0.1 && stableDraw("primary", `user-${index}`) < 0.1).length;
    expect(withinThreeSigma(both, USERS, 0.01)).toBe(true);
  });

  it("stays within [0, 1)", () => {
    expect(Math.min(...draws.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws.slice(0, 50_000))).toBeLessThan(1);
  });
});
