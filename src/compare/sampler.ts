import type { FieldMark, Sample } from "../model/difference.ts";

/** Differences whose samples are counted; beyond it, new ones get none. */
const MAX_COUNTED = 20_000;

/** Decides which differing exchanges are kept whole. Each compare thread counts for itself; the store has the last word. */
export class Sampler {
  readonly #perDifference: number;
  readonly #taken = new Map<string, number>();

  constructor(perDifference: number) {
    this.#perDifference = perDifference;
  }

  /** Whether one of the fields that differ from the primary still lacks samples. Noise alone is no reason to keep one. */
  wants(endpoint: string, candidate: string, fields: readonly FieldMark[]): boolean {
    return this.#keys(endpoint, candidate, fields).some((key) => {
      const taken = this.#taken.get(key);
      return taken === undefined
        ? this.#taken.size < MAX_COUNTED && this.#perDifference > 0
        : taken < this.#perDifference;
    });
  }

  took({ endpoint, candidate, fields }: Sample): void {
    for (const key of this.#keys(endpoint, candidate, fields)) {
      const taken = this.#taken.get(key);
      if (taken !== undefined || this.#taken.size < MAX_COUNTED) this.#taken.set(key, (taken ?? 0) + 1);
    }
  }

  #keys(endpoint: string, candidate: string, fields: readonly FieldMark[]): string[] {
    return fields
      .filter(({ mark }) => mark !== "noise")
      .map(({ section, path, kind }) => JSON.stringify([endpoint, candidate, section, path, kind]));
  }
}

/** What a sample weighs on its way to the store. */
export function sampleBytes({ legs }: Sample): number {
  return [legs.primary, legs.candidate, legs.secondary].reduce((sum, leg) => sum + (leg?.body.content.length ?? 0), 0);
}
