import { LATENCY_PAIRS_KEPT } from "../../model/limits.ts";
import type { LatencyPair } from "../../model/latency.ts";

/** Draw, primary, candidate, secondary. */
const NUMBERS = 4;
const BYTES = NUMBERS * Float32Array.BYTES_PER_ELEMENT;

export type PairNumbers = Pick<LatencyPair, "draw" | "primaryMs" | "candidateMs" | "secondaryMs">;

/**
 * The pairs with the smallest draws of all that were ever offered: a uniform sample, whatever the order in which they
 * come (bottom-k sampling, Cohen & Kaplan 2007). A binary heap with the largest draw on top, in the very form in which it is
 * stored: 32-bit floats, little-endian as on every platform that Node runs on.
 */
export class PairSample {
  readonly #rows = new Float32Array(LATENCY_PAIRS_KEPT * NUMBERS);
  #count = 0;

  /** @param packed what `pack` gave */
  static unpack(packed: Uint8Array): PairSample {
    const sample = new PairSample();
    const rows = unpackRows(packed).subarray(0, LATENCY_PAIRS_KEPT * NUMBERS);
    sample.#rows.set(rows);
    sample.#count = rows.length / NUMBERS;
    return sample;
  }

  /** @returns whether it is among those that are kept */
  offer({ draw, primaryMs, candidateMs, secondaryMs }: PairNumbers): boolean {
    const isFull = this.#count === LATENCY_PAIRS_KEPT;
    // As it is stored, so that a pair is judged the same before and after.
    if (isFull && Math.fround(draw) >= this.#draw(0)) return false;
    const at = isFull ? 0 : this.#count;
    if (!isFull) this.#count += 1;
    this.#rows.set([draw, primaryMs, candidateMs, secondaryMs ?? Number.NaN], at * NUMBERS);
    if (isFull) this.#sink();
    else this.#rise(at);
    return true;
  }

  pack(): Uint8Array {
    return new Uint8Array(this.#rows.buffer.slice(0, this.#count * BYTES));
  }

  #draw(at: number): number {
    return this.#rows[at * NUMBERS] ?? -1;
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (this.#draw(parent) >= this.#draw(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = right < this.#count && this.#draw(right) > this.#draw(left) ? right : left;
      if (child >= this.#count || this.#draw(child) <= this.#draw(at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(one: number, other: number): void {
    const [from, to] = [one * NUMBERS, other * NUMBERS];
    const kept = this.#rows.slice(from, from + NUMBERS);
    this.#rows.copyWithin(from, to, to + NUMBERS);
    this.#rows.set(kept, to);
  }
}

/** The numbers of a stored sample: draw, primary, candidate and secondary (NaN: none) of each pair. @returns perhaps a view */
export function unpackRows(packed: Uint8Array): Float32Array {
  // What a database gives need not be aligned.
  const isAligned = packed.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = isAligned ? packed : new Uint8Array(packed);
  return new Float32Array(buffer, byteOffset, Math.floor(packed.length / BYTES) * NUMBERS);
}
