import { describe, expect, it } from "vitest";
import { CircuitBreaker } from "../../src/mirror/circuit-breaker.ts";

describe("CircuitBreaker", () => {
  it("opens after so many failures in a row, and lets one request probe when its time is over", () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failures: 3, openMs: 100 }, () => now);
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    breaker.failed();
    expect(breaker.lets).toBe(true);
    expect(breaker.state).toBe("closed");
    expect(breaker.begin()).toBe(false);
    breaker.failed();
    expect(breaker.lets).toBe(false);
    now = 99;
    expect(breaker.lets).toBe(false);
    expect(breaker.state).toBe("open");
    now = 100;
    expect(breaker.lets).toBe(true);
    expect(breaker.state).toBe("half-open");
    expect(breaker.begin()).toBe(true);
    expect(breaker.lets).toBe(false);
    expect(breaker.state).toBe("half-open");
    breaker.succeeded();
    expect(breaker.lets).toBe(true);
    expect(breaker.state).toBe("closed");
    expect(breaker.begin()).toBe(false);
  });

  it("a probe that fails opens it anew; one that says nothing makes room for the next", () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failures: 1, openMs: 100 }, () => now);
    breaker.failed();
    now = 100;
    breaker.begin();
    breaker.failed();
    now = 199;
    expect(breaker.lets).toBe(false);
    now = 200;
    expect(breaker.begin()).toBe(true);
    expect(breaker.lets).toBe(false);
    breaker.probeLost();
    expect(breaker.lets).toBe(true);
    // A probe that fails is one failure more, and no further opening.
    expect([breaker.failures, breaker.opens]).toEqual([2, 1]);
  });
});
