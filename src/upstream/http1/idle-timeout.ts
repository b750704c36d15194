/** Idle timeout when the upstream does not announce its own. */
const DEFAULT_IDLE_TIMEOUT_MS = 4_000;
/** Idle timeout of a connection that was opened ahead: many servers close one on which no request comes within 20 s. */
export const UNUSED_IDLE_TIMEOUT_MS = 15_000;
/** We close this long before the upstream does, because its close can cross our next request. */
const MARGIN_MS = 2_000;
const MAX_IDLE_TIMEOUT_MS = 600_000;
/** A connection that was closed sooner was not closed by an idle timeout: the upstream restarts, or needs its memory. */
const MIN_OBSERVED_MS = 400;
/**
 * An upstream that restarts closes idle connections of any age, so an observation is not kept forever; a timeout is learned
 * again.
 */
const REMEMBERED_MS = 600_000;
/** Share of an observed timeout for which a connection can wait: it was measured on a busy machine. */
const OBSERVED_SHARE = 0.8;

/** How long the connections to one upstream can wait for their next request. Moments are in the time of `performance.now()`. */
export class IdleTimeout {
  /** The shortest time after which the upstream was lately seen to close an idle connection. */
  #observedMs = Infinity;
  #observedAt = 0;

  /** The upstream has closed an idle connection. @param since when it became idle */
  observe(since: number, now: number): void {
    const idleMs = now - since;
    if (idleMs < MIN_OBSERVED_MS || idleMs > this.#shortestMs(now)) return;
    this.#observedMs = idleMs;
    this.#observedAt = now;
  }

  /**
   * @param announcedMs the idle timeout in the upstream's Keep-Alive field, or -1
   * @returns milliseconds; 0 or less means that the connection must not be used again
   */
  after(announcedMs: number, now: number): number {
    if (announcedMs !== -1) return Math.min(announcedMs - MARGIN_MS, MAX_IDLE_TIMEOUT_MS);
    return Math.min(DEFAULT_IDLE_TIMEOUT_MS, this.#shortestMs(now) * OBSERVED_SHARE);
  }

  #shortestMs(now: number): number {
    return now - this.#observedAt > REMEMBERED_MS ? Infinity : this.#observedMs;
  }
}
