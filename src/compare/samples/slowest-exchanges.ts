import { latencyStep } from "../../lib/log-buckets.ts";
import { SLOWEST_PER_STEP, type SlowExchange } from "../../model/latency.ts";

/** Endpoints whose exchanges are tracked. Further endpoints keep none. */
const MAX_ENDPOINTS = 20_000;

/**
 * Selects the exchanges that are kept because they are slow: the slowest ones of each endpoint in each step of the candidate's
 * latency, so that every part of a distribution has examples. An exchange that is not among the slowest in one thread is not among
 * them in all threads, so each thread can select on its own; the store makes the final decision.
 */
export class SlowestExchanges {
  /** By candidate and endpoint, the latencies of each step, ascending. */
  readonly #taken = new Map<string, Map<number, number[]>>();
  readonly #isEnabled: boolean;
  #offered: SlowExchange[] = [];

  /** @param isEnabled false if no exchange may be stored */
  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled;
  }

  /** @param create called if the store may keep the exchange */
  offer(
    { endpoint, candidate }: Pick<SlowExchange, "endpoint" | "candidate">,
    candidateMs: number | null,
    create: (candidateMs: number) => SlowExchange,
  ): void {
    if (this.#isEnabled && candidateMs !== null && this.#takes(`${candidate}\n${endpoint}`, candidateMs)) {
      this.#offered.push(create(candidateMs));
    }
  }

  /** @returns what was offered since the last call */
  take(): readonly SlowExchange[] {
    const offered = this.#offered;
    this.#offered = [];
    return offered;
  }

  #takes(key: string, candidateMs: number): boolean {
    let steps = this.#taken.get(key);
    if (steps === undefined) {
      if (this.#taken.size === MAX_ENDPOINTS) return false;
      this.#taken.set(key, (steps = new Map()));
    }
    const step = latencyStep(candidateMs);
    const slowest = steps.get(step);
    if (slowest === undefined) {
      steps.set(step, [candidateMs]);
      return true;
    }
    if (slowest.length === SLOWEST_PER_STEP) {
      if (candidateMs <= (slowest[0] ?? 0)) return false;
      slowest.shift();
    }
    slowest.push(candidateMs);
    slowest.sort((a, b) => a - b);
    return true;
  }
}
