/**
 * The end of a client's side that arrives within this time of its request was sent together with it: the client does not give
 * up, and waits for the response. Time in which this thread is busy does not count.
 */
export const SAME_FLIGHT_MS = 10;
/**
 * Milliseconds after the end of the client's side. The first probe causes the reset, and a later one meets it: within a
 * second, with round trips of up to 600 ms.
 */
const PROBES_AT = [150, 300, 600, 900];

/**
 * Finds out whether a client that has ended its side is still there. TCP does not say: the end looks the same from a client that
 * waits for its response and from one that has closed its socket. But the system of the latter responds to bytes with a reset,
 * so that the second write after that fails, and the connection is closed.
 * @param write writes a few bytes that do not change the response
 * @returns stops the probes
 */
export function probeClient(write: () => void): () => void {
  const timers = PROBES_AT.map((ms) => setTimeout(write, ms));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
