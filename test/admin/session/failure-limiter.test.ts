import { describe, expect, it } from "vitest";
import { FailureLimiter } from "../../../src/admin/session/failure-limiter.ts";

describe("FailureLimiter", () => {
  it("remembers a thousand addresses and forgets the one that failed first", () => {
    const limiter = new FailureLimiter(() => 0);
    const fail = (address: string): void => {
      for (let count = 0; count < 10; count += 1) limiter.fail(address);
    };
    fail("first");
    for (let index = 1; index < 1000; index += 1) fail(`address-${index}`);
    expect(limiter.waitMs("first")).toBe(60_000);
    fail("one more");
    expect(limiter.waitMs("first")).toBe(0);
    expect(limiter.waitMs("address-1")).toBe(60_000);
    expect(limiter.waitMs("one more")).toBe(60_000);
  });

  it("begins a new window with the first failure after the old one", () => {
    let now = 0;
    const limiter = new FailureLimiter(() => now);
    for (let count = 0; count < 9; count += 1) limiter.fail("a");
    now = 60_000;
    limiter.fail("a");
    expect(limiter.waitMs("a")).toBe(0);
  });
});
