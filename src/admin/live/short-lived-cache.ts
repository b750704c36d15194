import { LRUCache } from "lru-cache";

const MAX_ENTRIES = 50;
/** Another process can write to the store, and rules expire, without a notification. */
const MAX_AGE_MS = 1_000;

/**
 * Caches results for at most a second, or until the next commit, so that many open dashboards cost one computation. Those that
 * ask during a computation share it.
 */
export class ShortLivedCache<Value> {
  readonly #entries = new LRUCache<string, { readonly value: Promise<Value>; readonly at: number }>({
    max: MAX_ENTRIES,
  });
  readonly #now: () => number;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param compute called if there is no fresh entry; errors are not cached */
  get(key: readonly string[], compute: () => Promise<Value>): Promise<Value> {
    const name = JSON.stringify(key);
    const cached = this.#entries.get(name);
    if (cached !== undefined && this.#now() - cached.at < MAX_AGE_MS) return cached.value;
    const at = this.#now();
    const entry = { value: compute(), at };
    this.#entries.set(name, entry);
    entry.value.catch(() => {
      if (this.#entries.peek(name) === entry) this.#entries.delete(name);
    });
    return entry.value;
  }

  clear(): void {
    this.#entries.clear();
  }
}
