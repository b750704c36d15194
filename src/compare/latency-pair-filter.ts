import { LATENCY_PAIRS_KEPT } from "../model/latency.ts";

/** Endpoints whose draws are tracked. All pairs of further endpoints pass. */
const MAX_ENDPOINTS = 2_000;
/** A new run starts without pairs. After this many exchanges, an endpoint can fill its sample again. */
const RESET_AFTER = 50_000;

interface EndpointDraws {
  seen: number;
  /** Draws that passed since the last cut; only the smallest ones after a cut. */
  draws: number[];
  /** Draws at or above this value can no longer be among the kept ones. */
  limit: number;
}

/**
 * Holds back latency pairs that the store would discard. A draw that is not among the smallest of one thread cannot be among
 * the smallest of all threads. Without this filter, every exchange would send one object to another thread.
 */
export class LatencyPairFilter {
  readonly #endpoints = new Map<string, EndpointDraws>();

  /** @param key of an endpoint and candidate */
  passes(key: string, draw: number): boolean {
    let endpoint = this.#endpoints.get(key);
    if (endpoint === undefined || endpoint.seen >= RESET_AFTER) {
      if (endpoint === undefined && this.#endpoints.size >= MAX_ENDPOINTS) return true;
      endpoint = { seen: 0, draws: [], limit: 1 };
      this.#endpoints.set(key, endpoint);
    }
    endpoint.seen += 1;
    if (draw >= endpoint.limit) return false;
    endpoint.draws.push(draw);
    if (endpoint.draws.length >= 2 * LATENCY_PAIRS_KEPT) {
      endpoint.draws = endpoint.draws.sort((one, other) => one - other).slice(0, LATENCY_PAIRS_KEPT);
      endpoint.limit = endpoint.draws.at(-1) ?? 1;
    }
    return true;
  }
}
