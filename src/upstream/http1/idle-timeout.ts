/** Idle timeout when the upstream does not announce its own. */
const DEFAULT_IDLE_TIMEOUT_MS = 4_000;
/** Idle timeout of a connection that was opened ahead: many servers close one on which no request comes within 20 s. */
export const UNUSED_IDLE_TIMEOUT_MS = 15_000;
/** We close this long before the upstream does, because its close can cross our next request. */
const MARGIN_MS = 2_000;
const MAX_IDLE_TIMEOUT_MS = 600_000;

/**
 * How long a connection can wait for the next request.
 * @param announcedMs the idle timeout in the upstream's Keep-Alive field, or -1
 * @returns milliseconds; 0 or less means that the connection must not be used again
 */
export function idleTimeout(announcedMs: number): number {
  return announcedMs === -1 ? DEFAULT_IDLE_TIMEOUT_MS : Math.min(announcedMs - MARGIN_MS, MAX_IDLE_TIMEOUT_MS);
}
