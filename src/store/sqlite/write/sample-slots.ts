import type { Sample } from "../../../model/sample.ts";

/** Why a sample is kept for a field. */
const FIRST = 1;
const LAST = 2;
const SMALLEST = 4;
const RESERVOIR = 8;

/** What decides over a sample's slots. */
export interface Contender {
  readonly key: number;
  readonly at: number;
  /** Bytes of all bodies on the wire. */
  readonly size: number;
  /** See `sampleDraw`. */
  readonly draw: number;
}

/** A contender and the slots that it has. */
export interface Holder extends Contender {
  readonly slots: number;
}

export function sampleSize({ legs }: Pick<Sample, "legs">): number {
  return [legs.primary, legs.candidate, legs.secondary].reduce((sum, leg) => sum + (leg?.body.length ?? 0), 0);
}

/**
 * Who keeps a field's samples: the first, the last and the smallest, and as a reservoir those with the smallest draws, which
 * are a uniform sample of all that were ever offered.
 */
export class FieldSlots {
  readonly #reservoirSize: number;
  #first: Contender | undefined;
  #last: Contender | undefined;
  #smallest: Contender | undefined;
  /** By draw, the smallest first. */
  #reservoir: Contender[] = [];

  constructor(reservoirSize: number, holders: readonly Holder[]) {
    this.#reservoirSize = reservoirSize;
    const holds = (slot: number): Contender | undefined => holders.find(({ slots }) => (slots & slot) !== 0);
    this.#first = holds(FIRST);
    this.#last = holds(LAST);
    this.#smallest = holds(SMALLEST);
    this.#reservoir = holders.filter(({ slots }) => (slots & RESERVOIR) !== 0).toSorted((a, b) => a.draw - b.draw);
  }

  /** @returns the slots that it would take; 0: it is not kept for this field */
  wants(contender: Omit<Contender, "key">): number {
    const { at, size, draw } = contender;
    const worst = this.#reservoir[this.#reservoirSize - 1];
    return (
      (this.#first === undefined || at < this.#first.at ? FIRST : 0) |
      (this.#last === undefined || at >= this.#last.at ? LAST : 0) |
      (this.#smallest === undefined || size < this.#smallest.size ? SMALLEST : 0) |
      (this.#reservoirSize > 0 && (worst === undefined || draw < worst.draw) ? RESERVOIR : 0)
    );
  }

  /** Gives a contender the slots that it wants. @returns who lost one by it */
  take(contender: Contender, slots: number): readonly Contender[] {
    const losers: (Contender | undefined)[] = [];
    if ((slots & FIRST) !== 0) {
      losers.push(this.#first);
      this.#first = contender;
    }
    if ((slots & LAST) !== 0) {
      losers.push(this.#last);
      this.#last = contender;
    }
    if ((slots & SMALLEST) !== 0) {
      losers.push(this.#smallest);
      this.#smallest = contender;
    }
    if ((slots & RESERVOIR) !== 0) {
      this.#reservoir = [...this.#reservoir, contender].toSorted((a, b) => a.draw - b.draw);
      losers.push(...this.#reservoir.splice(this.#reservoirSize));
    }
    return losers.filter((loser) => loser !== undefined);
  }

  slotsOf(key: number): number {
    return (
      (this.#first?.key === key ? FIRST : 0) |
      (this.#last?.key === key ? LAST : 0) |
      (this.#smallest?.key === key ? SMALLEST : 0) |
      (this.#reservoir.some((contender) => contender.key === key) ? RESERVOIR : 0)
    );
  }
}
