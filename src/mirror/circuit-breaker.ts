import type { Breaker } from "../model/routing.ts";

/**
 * Keeps requests away from a candidate that does not answer. Closed until so many failures came in a row; then open for a
 * time; then half open: one request probes, and its end decides.
 */
export class CircuitBreaker {
  readonly #policy: Breaker;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  #failures = 0;
  #openUntil: number | null = null;
  #probing = false;

  constructor(policy: Breaker, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  /** A request may be sent. */
  get lets(): boolean {
    if (this.#openUntil === null) return true;
    return !this.#probing && this.#now() >= this.#openUntil;
  }

  /** A request that was let through begins. @returns whether it is the probe, whose end must be told */
  begin(): boolean {
    if (this.#openUntil === null) return false;
    this.#probing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = null;
    this.#probing = false;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures < this.#policy.failures && this.#openUntil === null) return;
    this.#openUntil = this.#now() + this.#policy.openMs;
    this.#probing = false;
  }

  /** The probe ended without saying anything about the candidate: the next request probes. */
  probeLost(): void {
    this.#probing = false;
  }
}
