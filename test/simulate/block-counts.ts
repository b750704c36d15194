import { slotStart } from "../../src/lib/time-slots.ts";
import type { BlockSeries } from "../../src/report/statistics/block-series.ts";
import { endOf, planBlocks, type BlockExtent } from "../../src/store/block-layout.ts";

const SLOTS_PER_SECOND = 8;

/** Exchanges, and by kind of event those in which it happened to one side only. */
interface Counts {
  pairs: number;
  readonly onlyFirst: number[];
  readonly onlySecond: number[];
}

/**
 * Counts of paired exchanges by time, in the blocks that a store would keep. Requests arrive at random (Poisson). Each of
 * several kinds of events happens to the first side only, to the second side only, or not.
 */
export class BlockCounts {
  readonly #kinds: number;
  readonly #perSecond: number;
  readonly #random: () => number;
  #now: number;
  #blocks: readonly (BlockExtent & Counts)[] = [];
  #newSlots = new Map<number, Counts>();

  constructor(kinds: number, perSecond: number, random: () => number) {
    this.#kinds = kinds;
    this.#perSecond = perSecond;
    this.#random = random;
    this.#now = random() * 1024;
  }

  /** @param events of each kind: 1 if it happens to the first side only, −1 if to the second only, else 0 */
  count(events: readonly number[]): void {
    this.#now -= (Math.log(1 - this.#random()) * SLOTS_PER_SECOND) / this.#perSecond;
    const slot = Math.floor(this.#now);
    const counts = this.#newSlots.get(slot) ?? this.#noCounts();
    this.#newSlots.set(slot, counts);
    counts.pairs += 1;
    for (const [kind, event] of events.entries()) {
      if (event > 0) counts.onlyFirst[kind] = (counts.onlyFirst[kind] ?? 0) + 1;
      if (event < 0) counts.onlySecond[kind] = (counts.onlySecond[kind] ?? 0) + 1;
    }
  }

  /** The series of each kind up to now. */
  series(): readonly BlockSeries[] {
    this.#merge();
    const blocks = this.#blocks;
    const common = {
      startedAt: blocks.map(({ first }) => slotStart(first)),
      endsAt: blocks.map((block) => slotStart(endOf(block))),
      pairs: blocks.map(({ pairs }) => pairs),
    };
    return Array.from({ length: this.#kinds }, (_, kind) => ({
      ...common,
      first: blocks.map(({ onlyFirst }) => onlyFirst[kind] ?? 0),
      second: blocks.map(({ onlySecond }) => onlySecond[kind] ?? 0),
    }));
  }

  #merge(): void {
    const slots = [...this.#newSlots.keys()];
    this.#blocks = planBlocks(this.#blocks, slots).map(({ level, first, merged, slots: own }) => {
      const sum = this.#noCounts();
      for (const counts of [...merged, ...own.flatMap((slot) => this.#newSlots.get(slot) ?? [])]) add(sum, counts);
      return { level, first, ...sum };
    });
    this.#newSlots = new Map();
  }

  #noCounts(): Counts {
    const zeros = (): number[] => Array.from({ length: this.#kinds }, () => 0);
    return { pairs: 0, onlyFirst: zeros(), onlySecond: zeros() };
  }
}

function add(sum: Counts, { pairs, onlyFirst, onlySecond }: Counts): void {
  sum.pairs += pairs;
  for (const [kind, count] of onlyFirst.entries()) sum.onlyFirst[kind] = (sum.onlyFirst[kind] ?? 0) + count;
  for (const [kind, count] of onlySecond.entries()) sum.onlySecond[kind] = (sum.onlySecond[kind] ?? 0) + count;
}
