import type { AccountingCount, Fate } from "../model/accounting.ts";

const MS_PER_MINUTE = 60_000;

interface Entry {
  readonly minute: number;
  readonly candidate: string;
  readonly fate: Fate;
  readonly reason: AccountingCount["reason"];
  readonly route?: string;
  count: number;
}

/** What became of requests, added up until the next batch takes it along. */
export class AccountingCounter {
  #entries = new Map<string, Entry>();

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /**
   * @param at arrival of the request, Unix milliseconds
   * @param route kept apart where it is given
   */
  count(at: number, candidate: string, fate: Fate, reason: AccountingCount["reason"] = "", route?: string): void {
    const minute = Math.floor(at / MS_PER_MINUTE);
    const key = `${minute} ${fate} ${reason} ${candidate}${route === undefined ? "" : `\n${route}`}`;
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.count += 1;
    else this.#entries.set(key, { minute, candidate, fate, reason, ...(route !== undefined && { route }), count: 1 });
  }

  /** @returns all counts; the ledger is empty afterwards */
  take(): readonly AccountingCount[] {
    const counts = [...this.#entries.values()];
    this.#entries = new Map();
    return counts;
  }
}
