import { describe, expect, it } from "vitest";
import { CircuitBreaker } from "../../src/mirror/circuit-breaker.ts";

describe("CircuitBreaker", () => {
  it("opens after so many failures in a row, and lets one request probe when its time is over", () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failures: 3, openMs: 100 }, () => now);
    breaker.recordFailure();
    breaker.recordFailure();
    breaker.recordSuccess();
    breaker.recordFailure();
    breaker.recordFailure();
    expect(breaker.allowsRequest).toBe(true);
    expect(breaker.state).toBe("closed");
    expect(breaker.startRequest()).toBe(false);
    breaker.recordFailure();
    expect(breaker.allowsRequest).toBe(false);
    now = 99;
    expect(breaker.allowsRequest).toBe(false);
    expect(breaker.state).toBe("open");
    now = 100;
    expect(breaker.allowsRequest).toBe(true);
    expect(breaker.state).toBe("half-open");
    expect(breaker.startRequest()).toBe(true);
    expect(breaker.allowsRequest).toBe(false);
    expect(breaker.state).toBe("half-open");
    breaker.recordSuccess();
    expect(breaker.allowsRequest).toBe(true);
    expect(breaker.state).toBe("closed");
    expect(breaker.startRequest()).toBe(false);
  });

  it("a probe that fails opens it anew; one that says nothing makes room for the next", () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failures: 1, openMs: 100 }, () => now);
    breaker.recordFailure();
    now = 100;
    breaker.startRequest();
    breaker.recordFailure();
    now = 199;
    expect(breaker.allowsRequest).toBe(false);
    now = 200;
    expect(breaker.startRequest()).toBe(true);
    expect(breaker.allowsRequest).toBe(false);
    breaker.abandonProbe();
    expect(breaker.allowsRequest).toBe(true);
    // A probe that fails is one failure more, and no further opening.
    expect([breaker.failures, breaker.opens]).toEqual([2, 1]);
  });
});
