import type { EarlierLooks } from "./causes/earlier-looks.ts";

/** Kept exchanges whose judgement under rules is remembered. */
const MAX_SAMPLES = 20_000;
const MAX_RUNS = 20;
/** A run that has not ended may be another process's and go on; what was seen of it is asked again after this long. */
const OPEN_RUN_MS = 60_000;

/** What reports need again and again and nothing can change: kept exchanges compared once more, and runs that are over. */
export class ReportMemory {
  /** How many kept exchanges one report may compare again; those of before cost nothing. */
  readonly maxFresh: number;
  readonly #samples = new Map<string, ReadonlySet<string>>();
  readonly #runs = new Map<string, { readonly at: number; readonly looks: EarlierLooks }>();

  constructor(maxFresh: number) {
    this.maxFresh = maxFresh;
  }

  /** @param name of run, exchange and rules @returns the fields that are left */
  sample(name: string): ReadonlySet<string> | undefined {
    return this.#samples.get(name);
  }

  keepSample(name: string, left: ReadonlySet<string>): void {
    if (this.#samples.size >= MAX_SAMPLES) this.#samples.clear();
    this.#samples.set(name, left);
  }

  /** What the differences of an earlier run look like. @param now Unix milliseconds */
  looks(
    name: string,
    { ended, now }: { readonly ended: boolean; readonly now: number },
    read: () => EarlierLooks,
  ): EarlierLooks {
    const known = this.#runs.get(name);
    if (known !== undefined && (ended || now - known.at < OPEN_RUN_MS)) return known.looks;
    const looks = read();
    if (this.#runs.size >= MAX_RUNS) this.#runs.clear();
    this.#runs.set(name, { at: now, looks });
    return looks;
  }
}
