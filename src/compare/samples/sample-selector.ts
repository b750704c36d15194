import { sampleDraw } from "../../lib/stable-draw.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { Sample } from "../../model/sample.ts";

/** Differences whose samples are remembered; beyond it, new ones get none. */
const MAX_REMEMBERED = 20_000;
/** How old the last sample of a difference may be, by the arrival of its exchange. */
const LAST_EVERY_MS = 5_000;

/** What is known of an exchange before its sample is made. */
export interface SampleOffer {
  readonly id: string;
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly endpoint: string;
  readonly candidate: string;
  readonly fields: readonly DifferingField[];
  /** Bytes of all bodies on the wire. */
  readonly size: number;
}

interface Taken {
  first: number;
  last: number;
  smallest: number;
  /** Rising. */
  draws: number[];
}

/**
 * Picks the differing exchanges that are worth keeping whole. A difference keeps its first, its last and its smallest
 * exchange and a reservoir of those with the smallest draws; what is not among these in one thread's part of the traffic is
 * not among them in all of it, so each thread may pick for itself, and one that was replaced only offers more. The store
 * decides.
 */
export class SampleSelector {
  readonly #reservoirSize: number;
  readonly #taken = new Map<string, Taken>();

  /** @param reservoirSize per difference; 0: no samples */
  constructor(reservoirSize: number) {
    this.#reservoirSize = reservoirSize;
  }

  /** Whether the store may want it. Noise alone is no reason to keep one. */
  wants(offer: SampleOffer): boolean {
    if (this.#reservoirSize === 0) return false;
    const draw = sampleDraw(offer.id);
    return keysOf(offer).some((key) => {
      const taken = this.#taken.get(key);
      if (taken === undefined) return this.#taken.size < MAX_REMEMBERED;
      return (
        draw < (taken.draws[this.#reservoirSize - 1] ?? 1) ||
        offer.size < taken.smallest ||
        offer.at < taken.first ||
        offer.at >= taken.last + LAST_EVERY_MS
      );
    });
  }

  recordTaken(offer: SampleOffer): void {
    const { at, size } = offer;
    const draw = sampleDraw(offer.id);
    for (const key of keysOf(offer)) {
      const taken = this.#taken.get(key);
      if (taken === undefined) {
        if (this.#taken.size < MAX_REMEMBERED)
          this.#taken.set(key, { first: at, last: at, smallest: size, draws: [draw] });
        continue;
      }
      taken.first = Math.min(taken.first, at);
      taken.last = Math.max(taken.last, at);
      taken.smallest = Math.min(taken.smallest, size);
      taken.draws = [...taken.draws, draw].toSorted((a, b) => a - b).slice(0, this.#reservoirSize);
    }
  }
}

function keysOf({ endpoint, candidate, fields }: SampleOffer): string[] {
  return fields
    .filter(({ mark }) => mark !== "noise")
    .map(({ section, path, kind }) => JSON.stringify([endpoint, candidate, section, path, kind]));
}

/** What a sample weighs on its way to the store. */
export function sampleBytes({ legs }: Sample): number {
  return [legs.primary, legs.candidate, legs.secondary].reduce((sum, leg) => sum + (leg?.body.content.length ?? 0), 0);
}
