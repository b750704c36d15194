import { describe, expect, it } from "vitest";
import { WrongTokenLimiter } from "../../../src/admin/session/wrong-token-limiter.ts";

describe("WrongTokenLimiter", () => {
  it("tracks a thousand addresses and evicts the oldest", () => {
    const limiter = new WrongTokenLimiter(() => 0);
    const exhaust = (address: string): void => {
      for (let count = 0; count < 10; count += 1) limiter.recordFailure(address);
    };
    exhaust("first");
    for (let index = 1; index < 1000; index += 1) exhaust(`address-${index}`);
    expect(limiter.waitMs("first")).toBe(60_000);
    exhaust("one more");
    expect(limiter.waitMs("first")).toBe(0);
    expect(limiter.waitMs("address-1")).toBe(60_000);
    expect(limiter.waitMs("one more")).toBe(60_000);
  });

  it("begins a new window with the first failure after the previous one", () => {
    let now = 0;
    const limiter = new WrongTokenLimiter(() => now);
    for (let count = 0; count < 9; count += 1) limiter.recordFailure("a");
    now = 60_000;
    limiter.recordFailure("a");
    expect(limiter.waitMs("a")).toBe(0);
  });
});
