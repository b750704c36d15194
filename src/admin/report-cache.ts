/** Answers kept between two commits; a dashboard asks for few. */
const MAX_ENTRIES = 50;

/** Keeps answers that only a commit can change, so that many open dashboards cost one computation. */
export class ReportCache<Answer> {
  readonly #entries = new Map<string, Answer>();

  /** @param compute called when nothing has been kept since the last commit; what it throws is not kept */
  get(key: readonly string[], compute: () => Answer): Answer {
    const name = JSON.stringify(key);
    const kept = this.#entries.get(name);
    if (kept !== undefined) return kept;
    const fresh = compute();
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(name, fresh);
    return fresh;
  }

  clear(): void {
    this.#entries.clear();
  }
}
