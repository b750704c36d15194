import type { TransportFailure } from "../model/capture.ts";
import type { BreakerState } from "../model/control.ts";
import type { BreakerPolicy } from "../model/routing.ts";

/**
 * Stops sending requests to a candidate that fails. Closed until a number of failures in a row; then open for a time; then
 * half open: one request is the probe, and its outcome closes or opens the breaker.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  #failuresInRow = 0;
  #openUntil: number | null = null;
  #isProbing = false;
  #failures = 0;
  #opens = 0;

  constructor(policy: BreakerPolicy, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  get allowsRequest(): boolean {
    return this.state === "closed" || (this.state === "half-open" && !this.#isProbing);
  }

  get state(): BreakerState {
    if (this.#openUntil === null) return "closed";
    return this.#now() < this.#openUntil ? "open" : "half-open";
  }

  /** Total number of failures. */
  get failures(): number {
    return this.#failures;
  }

  /** How often it went from closed to open. */
  get opens(): number {
    return this.#opens;
  }

  /** An allowed request begins. @returns whether it is the probe, which must report its outcome or be abandoned */
  startRequest(): boolean {
    if (this.#openUntil === null) return false;
    this.#isProbing = true;
    return true;
  }

  /**
   * The outcome of a request. Every transport failure counts, an endless response too: it costs as much as one that hangs. An
   * internal failure does not: shadowdiff or its configuration caused it. An error status is a response. A connection that was
   * closed by chance is no outcome.
   * @param failure null for a complete response
   */
  record(failure: TransportFailure | null): void {
    if (failure === null || failure.kind === "internal") this.#recordSuccess();
    else if (failure.connectionClosed === true) this.abandonProbe();
    else this.#recordFailure();
  }

  /** The probe ended without an outcome. The next request becomes the probe. */
  abandonProbe(): void {
    this.#isProbing = false;
  }

  #recordSuccess(): void {
    this.#failuresInRow = 0;
    this.#openUntil = null;
    this.#isProbing = false;
  }

  #recordFailure(): void {
    this.#failures += 1;
    this.#failuresInRow += 1;
    if (this.#openUntil === null) {
      if (this.#failuresInRow < this.#policy.failures) return;
      this.#opens += 1;
    }
    this.#openUntil = this.#now() + this.#policy.openMs;
    this.#isProbing = false;
  }
}
