import { describe, expect, it } from "vitest";
import { factorByTrial, factorByWheel, factorTooShort } from "../../../src/commands/sample-service/factor.ts";

const NUMBERS = Array.from({ length: 5000 }, (_, index) => index + 2);

describe("factoring", () => {
  it("both algorithms find the same prime factors, whose product is the number", () => {
    for (const number of NUMBERS) {
      const factors = factorByTrial(number);
      expect(factors.reduce((product, factor) => product * factor)).toBe(number);
      expect(factors.every((factor) => factorByTrial(factor).length === 1)).toBe(true);
      expect(factorByWheel(number)).toEqual(factors);
    }
  });

  it("the planted regression affects squares of every second prime above 3, and their multiples", () => {
    const wrong = NUMBERS.filter((number) => String(factorTooShort(number)) !== String(factorByTrial(number)));
    expect(wrong.slice(0, 8)).toEqual([25, 50, 75, 100, 121, 150, 200, 225]);
    expect(factorTooShort(121)).toEqual([121]);
    expect(factorTooShort(49)).toEqual([7, 7]);
  });
});
