import { LATENCY_PAIRS_KEPT } from "../../model/latency.ts";
import type { LatencyPair } from "../../model/latency.ts";

/** The numbers of a pair: draw, primary, candidate, secondary. */
const NUMBERS_PER_PAIR = 4;
const BYTES_PER_PAIR = NUMBERS_PER_PAIR * Float32Array.BYTES_PER_ELEMENT;

export type PairNumbers = Pick<LatencyPair, "draw" | "primaryMs" | "candidateMs" | "secondaryMs">;

/**
 * Keeps the pairs with the smallest draws of all offered pairs, which are a uniform sample regardless of their order
 * (bottom-k sampling, Cohen & Kaplan 2007). A binary heap with the largest draw at the root, in its stored form: 32-bit
 * floats, little-endian as on all platforms of Node.
 */
export class LatencyPairReservoir {
  readonly #rows = new Float32Array(LATENCY_PAIRS_KEPT * NUMBERS_PER_PAIR);
  #count = 0;

  /** @param packed the result of `pack` */
  static unpack(packed: Uint8Array): LatencyPairReservoir {
    const sample = new LatencyPairReservoir();
    const rows = unpackPairs(packed).subarray(0, LATENCY_PAIRS_KEPT * NUMBERS_PER_PAIR);
    sample.#rows.set(rows);
    sample.#count = rows.length / NUMBERS_PER_PAIR;
    return sample;
  }

  /** @returns whether the pair was added to the sample */
  offer({ draw, primaryMs, candidateMs, secondaryMs }: PairNumbers): boolean {
    const isFull = this.#count === LATENCY_PAIRS_KEPT;
    // Rounded as in the stored form, so that the decision does not depend on whether the sample was stored in between.
    if (isFull && Math.fround(draw) >= this.#draw(0)) return false;
    const at = isFull ? 0 : this.#count;
    if (!isFull) this.#count += 1;
    this.#rows.set([draw, primaryMs, candidateMs, secondaryMs ?? Number.NaN], at * NUMBERS_PER_PAIR);
    if (isFull) this.#siftDown();
    else this.#siftUp(at);
    return true;
  }

  pack(): Uint8Array {
    return new Uint8Array(this.#rows.buffer.slice(0, this.#count * BYTES_PER_PAIR));
  }

  #draw(at: number): number {
    return this.#rows[at * NUMBERS_PER_PAIR] ?? -1;
  }

  #siftUp(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (this.#draw(parent) >= this.#draw(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #siftDown(): void {
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = right < this.#count && this.#draw(right) > this.#draw(left) ? right : left;
      if (child >= this.#count || this.#draw(child) <= this.#draw(at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(one: number, other: number): void {
    const [from, to] = [one * NUMBERS_PER_PAIR, other * NUMBERS_PER_PAIR];
    const moved = this.#rows.slice(from, from + NUMBERS_PER_PAIR);
    this.#rows.copyWithin(from, to, to + NUMBERS_PER_PAIR);
    this.#rows.set(moved, to);
  }
}

/** Decodes a stored sample into four numbers per pair: draw, primary, candidate, secondary (NaN if absent). Can return a view. */
export function unpackPairs(packed: Uint8Array): Float32Array {
  // A blob from the database need not be aligned.
  const isAligned = packed.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = isAligned ? packed : new Uint8Array(packed);
  return new Float32Array(buffer, byteOffset, Math.floor(packed.length / BYTES_PER_PAIR) * NUMBERS_PER_PAIR);
}
