import { LRUCache } from "lru-cache";
import type { AppearancesByEndpoint } from "./causes/field-appearance.ts";

/** A run without an end may belong to another process and continue, so its cached data expires after this time. */
const OPEN_RUN_MS = 60_000;

/** Caches what reports read repeatedly: the results of comparing kept exchanges again, and the differences of earlier runs. */
export class HistoryCache {
  /** How many kept exchanges one report may compare again; cached ones do not count. */
  readonly maxComparedAgain: number;
  readonly #samples = new LRUCache<string, ReadonlySet<string>>({ max: 20_000 });
  readonly #runs = new LRUCache<string, { readonly at: number; readonly appearances: AppearancesByEndpoint }>({
    max: 20,
  });

  constructor(maxComparedAgain: number) {
    this.maxComparedAgain = maxComparedAgain;
  }

  /** The fields that still differ in a kept exchange. @param name of the run, the exchange and the rules */
  sample(name: string): ReadonlySet<string> | undefined {
    return this.#samples.get(name);
  }

  keepSample(name: string, stillDiffering: ReadonlySet<string>): void {
    this.#samples.set(name, stillDiffering);
  }

  /** The differences of an earlier run. @param now Unix milliseconds */
  async appearances(
    name: string,
    { hasEnded, now }: { readonly hasEnded: boolean; readonly now: number },
    read: () => Promise<AppearancesByEndpoint>,
  ): Promise<AppearancesByEndpoint> {
    const known = this.#runs.get(name);
    if (known !== undefined && (hasEnded || now - known.at < OPEN_RUN_MS)) return known.appearances;
    const appearances = await read();
    this.#runs.set(name, { at: now, appearances });
    return appearances;
  }
}
