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

/**
 * The smallest draws of a stratum. Every exchange below the limit was offered to the store, because the limit only falls, and
 * arrives with the record that lowers it.
 */
class SmallestDraws {
  readonly #most: number;
  readonly #draws = new BinaryHeap<number>((one, other) => one > other);
  #room = GUARANTEED;
  #limit = 1;

  constructor(most: number) {
    this.#most = most;
  }

  /** @param hasTime whether there is time for one more @returns see `AttributeRecord.limit`; null if it is not taken */
  take(draw: number, hasTime: () => boolean): number | null {
    if (draw >= this.#limit) return null;
    this.#draws.add(draw);
    if (this.#draws.size > this.#room) this.#draws.removeFirst();
    if (this.#draws.size < this.#room) return this.#limit;
    if (this.#room < this.#most && hasTime()) this.#room += 1;
    else this.#limit = Math.min(this.#limit, (this.#draws.first ?? 0) + DRAW_STEP);
    return this.#limit;
  }

  /** Another stratum joins this one. */
  join(other: SmallestDraws): void {
    this.#limit = Math.min(this.#limit, other.#limit);
    for (let draw = other.#draws.removeFirst(); draw !== undefined; draw = other.#draws.removeFirst()) {
      if (draw < this.#limit) this.#draws.add(draw);
    }
    this.#room = Math.max(this.#room, Math.min(this.#draws.size, this.#most));
    while (this.#draws.size > this.#room) this.#draws.removeFirst();
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

  /** @returns the draws of the new stratum, and how many strata there are more */
  addStratum(stratum: string): { readonly draws: SmallestDraws; readonly added: number } {
    const draws = new SmallestDraws(MAX_DIFFERING);
    this.#differing.set(stratum, draws);
    const isFull = this.#differing.size > MAX_STRATA;
    if (isFull) {
      const last = this.#differing.get(this.#largest);
      if (last !== undefined) this.#others.join(last);
      this.#differing.delete(this.#largest);
    }
    if (this.#differing.size === MAX_STRATA) this.#largest = largestOf(this.#differing.keys());
    return { draws, added: isFull ? 0 : 1 };
  }
}

/**
 * Selects the exchanges whose attributes are kept: a uniform sample of each stratum, those with the smallest draws. An exchange
 * that is not among these in one thread is not among them in all threads, so each thread can select on its own; a restarted
 * thread, or a batch that is compared again, only offers more. The store makes the final decision. A thread that has no time for
 * more records takes the place of others with them: the sample of a stratum becomes smaller, and stays uniform.
 */
export class AttributeSelector {
  readonly #endpoints = new Map<string, EndpointStrata>();
  readonly #budget = new RecordBudget();
  /** Of all endpoints together. */
  #strata = 0;

  /** @returns the limit with which the record goes to the store; null if the store would not keep it */
  take(offer: AttributeOffer): number | null {
    return this.#drawsOf(offer)?.take(offer.draw, () => this.#budget.take(offer.at)) ?? null;
  }

  #drawsOf({ candidate, route, endpoint, stratum }: AttributeOffer): SmallestDraws | undefined {
    const key = `${candidate}\n${route}\n${endpoint}`;
    const known = this.#endpoints.get(key);
    const draws = known?.drawsOf(stratum);
    if (draws !== undefined || this.#strata >= MAX_ALL_STRATA) return draws;
    if (known === undefined && this.#endpoints.size >= MAX_ENDPOINTS) return undefined;
    const strata = known ?? new EndpointStrata();
    if (known === undefined) {
      this.#endpoints.set(key, strata);
      this.#strata += 1;
    }
    const own = strata.drawsOf(stratum);
    if (own !== undefined) return own;
    const { draws: created, added } = strata.addStratum(stratum);
    this.#strata += added;
    return created;
  }
}

function largestOf(digests: Iterable<string>): string {
  return [...digests].reduce((largest, digest) => (digest > largest ? digest : largest));
}
