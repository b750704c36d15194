import { sampleDraw } from "../../lib/stable-draw.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { Sample } from "../../model/sample.ts";

/** Fields whose samples are tracked. Further fields get no samples. */
const MAX_FIELDS = 20_000;
/** A field is sampled again when its last sample is older than this, by arrival time. */
const MAX_AGE_MS = 5_000;

/** What the selection needs to know of an exchange before its sample is created. */
export interface SampleOffer {
  readonly id: string;
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly endpoint: string;
  readonly candidate: string;
  readonly fields: readonly DifferingField[];
  /** Wire bytes of all bodies. */
  readonly size: number;
}

interface TakenSamples {
  first: number;
  last: number;
  smallest: number;
  /** Ascending. */
  draws: number[];
}

/**
 * Selects the differing exchanges that become samples. Each field keeps its first, its last and its smallest exchange, and a
 * reservoir of those with the smallest draws. An exchange that is not among these in one thread is not among them in all
 * threads, so each thread can select on its own; a restarted thread only offers more. The store makes the final decision.
 */
export class SampleSelector {
  readonly #reservoirSize: number;
  readonly #taken = new Map<string, TakenSamples>();

  /** @param reservoirSize per field; 0 disables samples */
  constructor(reservoirSize: number) {
    this.#reservoirSize = reservoirSize;
  }

  /** Whether the store may keep the exchange. Noise alone is not a reason to keep one. */
  wants(offer: SampleOffer): boolean {
    if (this.#reservoirSize === 0) return false;
    const draw = sampleDraw(offer.id);
    return keysOf(offer).some((key) => {
      const taken = this.#taken.get(key);
      if (taken === undefined) return this.#taken.size < MAX_FIELDS;
      return (
        draw < (taken.draws[this.#reservoirSize - 1] ?? 1) ||
        offer.size < taken.smallest ||
        offer.at < taken.first ||
        offer.at >= taken.last + MAX_AGE_MS
      );
    });
  }

  recordTaken(offer: SampleOffer): void {
    const { at, size } = offer;
    const draw = sampleDraw(offer.id);
    for (const key of keysOf(offer)) {
      const taken = this.#taken.get(key);
      if (taken === undefined) {
        if (this.#taken.size < MAX_FIELDS) {
          this.#taken.set(key, { first: at, last: at, smallest: size, draws: [draw] });
        }
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

/** The size of a sample in a batch: its compressed bodies. */
export function sampleBytes({ legs }: Sample): number {
  return [legs.primary, legs.candidate, legs.secondary].reduce((sum, leg) => sum + (leg?.body.content.length ?? 0), 0);
}
