import type { Sample } from "../../model/sample.ts";

/** Bits of `slots`: why a field keeps a sample. */
const FIRST = 1;
const LAST = 2;
const SMALLEST = 4;
const RESERVOIR = 8;

/** The properties by which samples compete for slots. */
export interface RankedSample {
  readonly key: number;
  readonly at: number;
  /** Bytes of all bodies on the wire. */
  readonly size: number;
  /** See `sampleDraw` in lib/stable-draw.ts. */
  readonly draw: number;
}

/** A stored sample with the slots that it holds. */
export interface SlotHolder extends RankedSample {
  readonly slots: number;
}

export function sampleSize({ legs }: Pick<Sample, "legs">): number {
  return [legs.primary, legs.candidate, legs.secondary].reduce((sum, leg) => sum + (leg?.body.length ?? 0), 0);
}

/**
 * Decides which samples a field keeps: the first, the last, the smallest, and a reservoir of those with the smallest draws,
 * which are a uniform sample of all offered ones.
 */
export class FieldSlots {
  readonly #reservoirSize: number;
  #first: RankedSample | undefined;
  #last: RankedSample | undefined;
  #smallest: RankedSample | undefined;
  /** By draw, the smallest first. */
  #reservoir: RankedSample[] = [];

  constructor(reservoirSize: number, holders: readonly SlotHolder[]) {
    this.#reservoirSize = reservoirSize;
    const holderOf = (slot: number): RankedSample | undefined => holders.find(({ slots }) => (slots & slot) !== 0);
    this.#first = holderOf(FIRST);
    this.#last = holderOf(LAST);
    this.#smallest = holderOf(SMALLEST);
    this.#reservoir = holders.filter(({ slots }) => (slots & RESERVOIR) !== 0).toSorted((a, b) => a.draw - b.draw);
  }

  /** @returns the slots that the sample would take; 0 if the field does not keep it */
  slotsFor(sample: Omit<RankedSample, "key">): number {
    const { at, size, draw } = sample;
    const weakest = this.#reservoir[this.#reservoirSize - 1];
    return (
      (this.#first === undefined || at < this.#first.at ? FIRST : 0) |
      (this.#last === undefined || at >= this.#last.at ? LAST : 0) |
      (this.#smallest === undefined || size < this.#smallest.size ? SMALLEST : 0) |
      (this.#reservoirSize > 0 && (weakest === undefined || draw < weakest.draw) ? RESERVOIR : 0)
    );
  }

  /** Assigns slots to a sample. @returns the samples that lost one */
  assign(sample: RankedSample, slots: number): readonly RankedSample[] {
    const displaced: (RankedSample | undefined)[] = [];
    if ((slots & FIRST) !== 0) {
      displaced.push(this.#first);
      this.#first = sample;
    }
    if ((slots & LAST) !== 0) {
      displaced.push(this.#last);
      this.#last = sample;
    }
    if ((slots & SMALLEST) !== 0) {
      displaced.push(this.#smallest);
      this.#smallest = sample;
    }
    if ((slots & RESERVOIR) !== 0) {
      this.#reservoir = [...this.#reservoir, sample].toSorted((a, b) => a.draw - b.draw);
      displaced.push(...this.#reservoir.splice(this.#reservoirSize));
    }
    return displaced.filter((each) => each !== undefined);
  }

  slotsHeldBy(key: number): number {
    return (
      (this.#first?.key === key ? FIRST : 0) |
      (this.#last?.key === key ? LAST : 0) |
      (this.#smallest?.key === key ? SMALLEST : 0) |
      (this.#reservoir.some((sample) => sample.key === key) ? RESERVOIR : 0)
    );
  }
}
