import { minuteOf } from "../lib/time-slots.ts";
import type { AccountingCount, Fate } from "../model/accounting.ts";

interface MutableCount {
  readonly minute: number;
  readonly candidate: string;
  readonly fate: Fate;
  readonly reason: AccountingCount["reason"];
  readonly route?: string;
  count: number;
}

/** Counts the fates of requests until the next batch carries the counts. */
export class AccountingCounter {
  #counts = new Map<string, MutableCount>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /**
   * @param at arrival of the request, Unix milliseconds
   * @param route counts the routes separately when given
   */
  count(at: number, candidate: string, fate: Fate, reason: AccountingCount["reason"] = "", route?: string): void {
    const minute = minuteOf(at);
    const key = `${minute} ${fate} ${reason} ${candidate}${route === undefined ? "" : `\n${route}`}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count += 1;
    else this.#counts.set(key, { minute, candidate, fate, reason, ...(route !== undefined && { route }), count: 1 });
  }

  /** @returns all counts, and starts again from zero */
  take(): readonly AccountingCount[] {
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts;
  }
}
