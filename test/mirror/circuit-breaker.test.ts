import { describe, expect, it } from "vitest";
import type { TransportFailure } from "../../src/model/capture.ts";
import { CircuitBreaker } from "../../src/mirror/circuit-breaker.ts";

const RESET: TransportFailure = { kind: "reset", detail: "the upstream closed the connection" };

describe("a circuit breaker", () => {
  it("opens after a number of failures in a row, and allows one probe after its open time", () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failures: 3, openMs: 100 }, () => now);
    breaker.record(RESET);
    breaker.record(RESET);
    breaker.record(null);
    breaker.record(RESET);
    breaker.record(RESET);
    expect(breaker.allowsRequest).toBe(true);
    expect(breaker.state).toBe("closed");
    expect(breaker.startRequest()).toBe(false);
    breaker.record(RESET);
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
    breaker.record(null);
    expect(breaker.allowsRequest).toBe(true);
    expect(breaker.state).toBe("closed");
    expect(breaker.startRequest()).toBe(false);
  });

  it("opens again when the probe fails, and allows another probe when one is abandoned", () => {
    let now = 0;
    const breaker = new CircuitBreaker({ failures: 1, openMs: 100 }, () => now);
    breaker.record(RESET);
    now = 100;
    breaker.startRequest();
    breaker.record(RESET);
    now = 199;
    expect(breaker.allowsRequest).toBe(false);
    now = 200;
    expect(breaker.startRequest()).toBe(true);
    expect(breaker.allowsRequest).toBe(false);
    breaker.abandonProbe();
    expect(breaker.allowsRequest).toBe(true);
    // A failed probe counts as a failure, but not as another opening.
    expect([breaker.failures, breaker.opens]).toEqual([2, 1]);
  });
});
