import { LRUCache } from "lru-cache";

/** Answers kept between two commits; a dashboard asks for few. */
const MAX_ENTRIES = 50;
/** Another process may have written, and what has an end may be over, without anybody telling. */
const MAX_AGE_MS = 1_000;

/** Keeps answers for a moment, until something is committed, so that many open dashboards cost one computation. */
export class ReportCache<Answer> {
  readonly #entries = new LRUCache<string, { readonly answer: Answer; readonly at: number }>({ max: MAX_ENTRIES });
  readonly #now: () => number;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param compute called when nothing fresh is kept; what it throws is not kept */
  get(key: readonly string[], compute: () => Answer): Answer {
    const name = JSON.stringify(key);
    const kept = this.#entries.get(name);
    if (kept !== undefined && this.#now() - kept.at < MAX_AGE_MS) return kept.answer;
    const at = this.#now();
    const answer = compute();
    this.#entries.set(name, { answer, at });
    return answer;
  }

  clear(): void {
    this.#entries.clear();
  }
}
