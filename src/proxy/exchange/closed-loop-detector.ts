import type { ClientPace } from "./request-head.ts";

/** Number of arrivals over which everything is averaged. */
const WINDOW = 512;
/** With fewer arrivals, no request counts as back to back. */
const MIN_ARRIVALS = 64;
/** A client that sends its next request within this time has waited for the response. */
const PROMPT_MS = 0.5;
/**
 * A larger share of prompt requests is a closed loop. Measured through this program: 78% to 97% with `wrk`, 6% to 55% with
 * random arrivals of 100 to 1,500 per second over 8 to 64 kept connections. With 2,000 per second, chance alone makes 63%.
 */
const PROMPT_SHARE = 0.7;
/** Clients that wait for less than half of the time have pauses of their own. */
const MIN_BUSY_SHARE = 0.5;
/**
 * Random arrivals with N requests in flight on average need about N + 4 √N connections at their peaks, of which a share of
 * √N / (√N + 4) is in use. A share above √N / (√N + 1.5) leaves no room for peaks: the clients limit the number in flight.
 */
const SPARE_CONNECTIONS = 1.5;
/** A long pause says no more than one of this many response times. */
const LONGEST_PAUSE = 10;
/** Arrivals with a smaller squared coefficient of variation follow a clock; random ones have 1, and many clients in loops about as much. */
const PACED_VARIATION = 0.2;
/** With fewer in flight, a lone client in a loop with constant response times looks as regular as a clock. */
const OVERLAPPING = 0.5;
/** Requests at an even share of the time are also back to back in a closed loop, up to this pause. */
const LONGEST_TURNAROUND_MS = 2;

/** Mean and variance with exponentially decreasing weights. */
class MovingMoments {
  mean = 0;
  #meanOfSquares = 0;

  add(value: number, weight: number): void {
    this.mean += weight * (value - this.mean);
    this.#meanOfSquares += weight * (value * value - this.#meanOfSquares);
  }

  get variance(): number {
    return Math.max(0, this.#meanOfSquares - this.mean * this.mean);
  }
}

/**
 * Recognizes clients that send a request because they have received a response: a closed loop. They pause while the primary
 * is stalled, but not while a candidate is, so that a stall costs the candidate more responses than the primary. Open arrivals
 * do not depend on responses (Schroeder, Wierman and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006).
 *
 * A short pause between a response and the next request on a connection is not enough: with few kept connections, a load
 * balancer reuses the one that was freed last. All arrivals of a thread are a closed loop when most pauses are too short for
 * chance, or when the connections are too busy for arrivals that come in peaks; and when they do not follow a clock.
 */
export class ClosedLoopDetector {
  #arrivals = 0;
  #arrivedAt = 0;
  #inFlight = 0;
  #meanInFlight = 0;
  #meanIdle = 0;
  #promptShare = 0;
  #meanPause = 0;
  readonly #intervals = new MovingMoments();
  readonly #responses = new MovingMoments();

  /**
   * A request has arrived. Call it before `enter`.
   * @param now monotonic milliseconds
   * @returns whether the client has most likely waited for that response
   */
  arrive(now: number, { pauseMs, idleConnections }: ClientPace): boolean {
    this.#arrivals += 1;
    const weight = this.#weight;
    if (this.#arrivals > 1) this.#intervals.add(now - this.#arrivedAt, weight);
    this.#arrivedAt = now;
    this.#meanInFlight += weight * (this.#inFlight - this.#meanInFlight);
    this.#meanIdle += weight * (idleConnections - this.#meanIdle);
    this.#promptShare += weight * (Number(pauseMs <= PROMPT_MS) - this.#promptShare);
    const responseMs = this.#responses.mean;
    if (responseMs > 0) this.#meanPause += weight * (Math.min(pauseMs, LONGEST_PAUSE * responseMs) - this.#meanPause);
    return pauseMs <= Math.max(LONGEST_TURNAROUND_MS, responseMs) && this.#isClosed;
  }

  /** The request was sent to the primary. */
  enter(): void {
    this.#inFlight += 1;
  }

  /** The exchange has ended. @param responseMs for which the primary was waited for, in the unit of the pauses */
  leave(responseMs: number): void {
    this.#inFlight -= 1;
    this.#responses.add(responseMs, this.#weight);
  }

  get #weight(): number {
    return 1 / Math.min(Math.max(1, this.#arrivals), WINDOW);
  }

  get #isClosed(): boolean {
    if (this.#arrivals < MIN_ARRIVALS) return false;
    return (this.#promptShare >= PROMPT_SHARE || this.#isCrowded) && !this.#isPaced;
  }

  /**
   * Too few connections are idle, and for too short a time, for arrivals that come in peaks. Either alone deceives: idle
   * connections that are closed are not counted, and pauses of connections that are not used again are not seen.
   */
  get #isCrowded(): boolean {
    const inUse = this.#meanInFlight + 1;
    const usedShare = inUse / (inUse + this.#meanIdle);
    const waitShare = this.#responses.mean / (this.#responses.mean + this.#meanPause);
    const root = Math.sqrt(this.#meanInFlight);
    return Math.min(usedShare, waitShare) >= Math.max(MIN_BUSY_SHARE, root / (root + SPARE_CONNECTIONS));
  }

  /** The intervals between arrivals are even. Those of a lone client in a loop vary at least as much as its responses. */
  get #isPaced(): boolean {
    const { mean, variance } = this.#intervals;
    if (variance >= PACED_VARIATION * mean * mean) return false;
    return this.#meanInFlight >= OVERLAPPING || variance < this.#responses.variance / 2;
  }
}
