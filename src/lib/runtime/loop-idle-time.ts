import { performance } from "node:perf_hooks";

/**
 * Milliseconds for which the event loop of this thread has waited for events since it began. Unlike a clock, it stops while
 * the thread is busy: what happened to the thread itself does not count as a pause of a client or of an upstream. It costs
 * 20 ns.
 */
export function loopIdleMs(): number {
  return performance.nodeTiming.idleTime;
}
