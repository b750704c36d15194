import type { BreakerState } from "../model/control.ts";
import type { BreakerPolicy } from "../model/routing.ts";

/**
 * Keeps requests away from a candidate that does not answer. Closed until so many failures came in a row; then open for a
 * time; then half open: one request probes, and its end decides.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  #failuresInRow = 0;
  #openUntil: number | null = null;
  #probing = false;
  #failures = 0;
  #opens = 0;

  constructor(policy: BreakerPolicy, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  /** A request may be sent. */
  get lets(): boolean {
    return this.state === "closed" || (this.state === "half-open" && !this.#probing);
  }

  get state(): BreakerState {
    if (this.#openUntil === null) return "closed";
    return this.#now() < this.#openUntil ? "open" : "half-open";
  }

  /** All that it has seen. */
  get failures(): number {
    return this.#failures;
  }

  /** How often it went from closed to open. */
  get opens(): number {
    return this.#opens;
  }

  /** A request that was let through begins. @returns whether it is the probe, whose end must be told */
  begin(): boolean {
    if (this.#openUntil === null) return false;
    this.#probing = true;
    return true;
  }

  succeeded(): void {
    this.#failuresInRow = 0;
    this.#openUntil = null;
    this.#probing = false;
  }

  failed(): void {
    this.#failures += 1;
    this.#failuresInRow += 1;
    if (this.#openUntil === null) {
      if (this.#failuresInRow < this.#policy.failures) return;
      this.#opens += 1;
    }
    this.#openUntil = this.#now() + this.#policy.openMs;
    this.#probing = false;
  }

  /** The probe ended without saying anything about the candidate: the next request probes. */
  probeLost(): void {
    this.#probing = false;
  }
}
