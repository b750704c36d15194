import { BinaryHeap } from "../../lib/binary-heap.ts";
import type { AttributeRecord } from "../../model/explain/attribute.ts";
import { RecordBudget } from "./record-budget.ts";

/** Kept exchanges that match. */
const MAX_MATCHING = 256;
/** Kept exchanges of one stratum of those that differ. */
const MAX_DIFFERING = 96;
/** A stratum gets so many whatever the others need. */
const GUARANTEED = 16;
/** Strata of an endpoint and a candidate, without the empty one: those with the smallest digests, in every thread and in the store. */
const MAX_STRATA = 32;
/** Of all further strata together. */
const MAX_OTHERS = 256;
/** Candidates and endpoints with strata. Further ones keep no exchange. */
const MAX_ENDPOINTS = 2_000;
/** Of all endpoints together, so that the memory has a bound: a few kilobytes for each. */
const MAX_ALL_STRATA = 5_000;
/** Distance between two draws. */
const DRAW_STEP = 2 ** -32;

/** What the selection needs to know of an exchange. */
export type AttributeOffer = Pick<AttributeRecord, "at" | "route" | "endpoint" | "candidate" | "stratum" | "draw">;

/** The smallest draws of a stratum so far; the largest of them is at hand. */
class SmallestDraws {
  readonly #most: number;
  readonly #draws = new BinaryHeap<number>((one, other) => one > other);
  #limit = 1;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#draws.size;
  }

  /** Larger draws are not taken. It only falls. */
  get limit(): number {
    return this.#limit;
  }

  wants(draw: number): boolean {
    return draw < this.#limit && (this.#draws.size < this.#most || draw < (this.#draws.first ?? 0));
  }

  /** @param draw which stays below the limit, so that the lower limit arrives with its record */
  lowerLimit(draw: number): void {
    this.#limit = Math.max(this.#limit / 2, draw + DRAW_STEP);
    while ((this.#draws.first ?? 0) >= this.#limit) this.#draws.removeFirst();
  }

  add(draw: number): void {
    if (!this.wants(draw)) return;
    this.#draws.add(draw);
    if (this.#draws.size > this.#most) this.#draws.removeFirst();
  }

  /** Moves all draws to another set. */
  moveTo(other: SmallestDraws): void {
    for (let draw = this.#draws.removeFirst(); draw !== undefined; draw = this.#draws.removeFirst()) other.add(draw);
  }
}

/** The strata of one endpoint and candidate. */
class EndpointStrata {
  readonly #matching = new SmallestDraws(MAX_MATCHING);
  readonly #differing = new Map<string, SmallestDraws>();
  readonly #others = new SmallestDraws(MAX_OTHERS);
  /** The largest digest in `differing`, once there is no space for another one. */
  #largest = "";

  /** @returns undefined if the stratum would be a new one */
  drawsOf(stratum: string): SmallestDraws | undefined {
    if (stratum === "") return this.#matching;
    const known = this.#differing.get(stratum);
    return known ?? (this.#largest !== "" && stratum > this.#largest ? this.#others : undefined);
  }

  /** @returns how many strata there are more */
  addStratum(stratum: string): number {
    this.#differing.set(stratum, new SmallestDraws(MAX_DIFFERING));
    if (this.#differing.size < MAX_STRATA) return 1;
    if (this.#differing.size === MAX_STRATA) {
      this.#largest = largestOf(this.#differing.keys());
      return 1;
    }
    this.#differing.get(this.#largest)?.moveTo(this.#others);
    this.#differing.delete(this.#largest);
    this.#largest = largestOf(this.#differing.keys());
    return 0;
  }
}

/**
 * Selects the exchanges whose attributes are kept: a uniform sample of each stratum, those with the smallest draws. An exchange
 * that is not among these in one thread is not among them in all threads, so each thread can select on its own; a restarted
 * thread, or a batch that is compared again, only offers more. The store makes the final decision. If there are more records
 * than a thread has time for, each further one lowers the limit of its stratum, which travels with it: the sample becomes smaller,
 * and stays uniform.
 */
export class AttributeSelector {
  readonly #endpoints = new Map<string, EndpointStrata>();
  readonly #budget = new RecordBudget();
  /** Of all endpoints together. */
  #strata = 0;

  /** @returns the limit with which the record goes to the store; null if the store would not keep it */
  offer(offer: AttributeOffer): number | null {
    const strata = this.#endpoints.get(keyOf(offer));
    if (strata === undefined && this.#endpoints.size >= MAX_ENDPOINTS) return null;
    const draws = strata?.drawsOf(offer.stratum);
    if (draws === undefined) return this.#strata < MAX_ALL_STRATA ? 1 : null;
    const { draw, at } = offer;
    if (!draws.wants(draw)) return null;
    const isAffordable = draws.size < GUARANTEED || this.#budget.take(at);
    if (!isAffordable) draws.lowerLimit(draw);
    return draws.limit;
  }

  recordTaken(offer: AttributeOffer): void {
    const { stratum, draw } = offer;
    const key = keyOf(offer);
    let strata = this.#endpoints.get(key);
    if (strata === undefined) {
      this.#endpoints.set(key, (strata = new EndpointStrata()));
      this.#strata += 1;
    }
    if (strata.drawsOf(stratum) === undefined) this.#strata += strata.addStratum(stratum);
    strata.drawsOf(stratum)?.add(draw);
  }
}

function keyOf({ candidate, route, endpoint }: AttributeOffer): string {
  return `${candidate}\n${route}\n${endpoint}`;
}

function largestOf(digests: Iterable<string>): string {
  return [...digests].reduce((largest, digest) => (digest > largest ? digest : largest));
}
