import { LATENCY_PAIRS_KEPT } from "../model/limits.ts";

/** Places whose draws are remembered; pairs of others all pass. */
const MAX_PLACES = 2_000;
/** A new run begins with no pairs: so long after its begin at most, each place may fill its sample again. */
const FORGET_AFTER = 50_000;

interface TreePosition {
  seen: number;
  /** Those that passed since they were last cut, in any order behind the smallest. */
  draws: number[];
  /** A draw that is not below it is not among the kept ones, whatever else comes. */
  bar: number;
}

/**
 * Holds back latency pairs that the store would throw away: what is not among the smallest draws of one thread's part of the
 * traffic is not among those of all of it. Without it each exchange would be an object on its way to another thread.
 */
export class LatencyPairFilter {
  readonly #places = new Map<string, TreePosition>();

  /** @param key of an endpoint and candidate */
  passes(key: string, draw: number): boolean {
    let place = this.#places.get(key);
    if (place === undefined || place.seen >= FORGET_AFTER) {
      if (place === undefined && this.#places.size >= MAX_PLACES) return true;
      place = { seen: 0, draws: [], bar: 1 };
      this.#places.set(key, place);
    }
    place.seen += 1;
    if (draw >= place.bar) return false;
    place.draws.push(draw);
    if (place.draws.length >= 2 * LATENCY_PAIRS_KEPT) {
      place.draws = place.draws.sort((one, other) => one - other).slice(0, LATENCY_PAIRS_KEPT);
      place.bar = place.draws.at(-1) ?? 1;
    }
    return true;
  }
}
