import { largestLevel } from "../lib/sampling-level.ts";
import { OVERFLOW_ENDPOINT } from "../model/difference.ts";
import type { EndpointArrivals, EndpointShares, SampledCandidate, VerdictSampling } from "../model/control.ts";

/** Endpoints whose arrivals are counted between two reports; those of others are counted together. */
const MAX_COUNTED = 2_000;
/** The budget of so many seconds can be used at once. */
const BURST_SECONDS = 2;
const SMALLEST_CAPACITY = 4;
/** Shares are halved below the first part of the capacity, and are at the floor below the second. */
const UNBRAKED = 0.5;
const FULLY_BRAKED = 0.1;
const MS_PER_SECOND = 1_000;

interface Counts {
  requests: number;
  mirrored: number;
}

/**
 * Decides which requests of one candidate on one route are mirrored, with the share of their endpoint. The shares come from the
 * main thread every few seconds; in between, this thread keeps its part of the budget. As the budget runs out, all shares are
 * halved, again and again, down to the floor. Shares depend on the past only, and each mirrored request carries its own, so
 * totals can be weighed. Only without any budget left, requests are not sampled whatever their share: such moments are missing
 * from the totals, like those in which a limit was reached.
 */
export class EndpointSampler {
  readonly #candidate: SampledCandidate;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  #sampling: VerdictSampling;
  #shares: Pick<EndpointShares, "levels" | "otherwise"> = { levels: new Map(), otherwise: 0 };
  #perSecond: number;
  #tokens: number;
  #filledAt: number;
  #counts = new Map<string, Counts>();

  /** @param perSecond the part of the budget until the first shares arrive */
  constructor(candidate: SampledCandidate, sampling: VerdictSampling, perSecond: number, now: () => number) {
    this.#candidate = candidate;
    this.#sampling = sampling;
    this.#now = now;
    this.#perSecond = perSecond;
    this.#tokens = this.#capacity;
    this.#filledAt = now();
  }

  /** A reload has changed the floor. The budget follows with the next shares. */
  setSampling(sampling: VerdictSampling): void {
    this.#sampling = sampling;
  }

  /** @param thread the index of this proxy thread */
  setShares({ levels, otherwise, perSecond }: EndpointShares, thread: number): void {
    this.#fill();
    this.#shares = { levels, otherwise };
    this.#perSecond = perSecond[thread] ?? 0;
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }

  /**
   * Counts a request, and decides whether it is mirrored.
   * @param draw uniform in [0, 1)
   * @param percent the configured share, 0–100
   * @returns the level of its share, see `LegRecorder.level`; null if it is not mirrored
   */
  sample(endpoint: string, draw: number, percent: number): number | null {
    const counts = this.#countsOf(endpoint);
    counts.requests += 1;
    this.#fill();
    const planned = this.#shares.levels.get(endpoint) ?? this.#shares.otherwise;
    const largest = largestLevel(percent, this.#sampling.floor);
    const level = Math.min(largest, planned + this.#brake(largest));
    if (draw >= percent / 100 / 2 ** level || this.#tokens < 1) return null;
    this.#tokens -= 1;
    counts.mirrored += 1;
    return level;
  }

  /** @returns the counts since the last call */
  takeArrivals(): readonly EndpointArrivals[] {
    const counts = [...this.#counts].map(([endpoint, own]) => ({ ...this.#candidate, endpoint, ...own }));
    this.#counts = new Map();
    return counts;
  }

  get #capacity(): number {
    return Math.max(SMALLEST_CAPACITY, BURST_SECONDS * this.#perSecond);
  }

  /**
   * How often the shares are halved: not at all while half of the capacity is left, and more and more often below that, up to the
   * floor while some is still left.
   */
  #brake(largest: number): number {
    const left = (this.#tokens - 1) / (this.#capacity - 1);
    return left >= UNBRAKED
      ? 0
      : Math.min(largest, Math.ceil(((UNBRAKED - left) / (UNBRAKED - FULLY_BRAKED)) * largest));
  }

  #fill(): void {
    const now = this.#now();
    const added = ((now - this.#filledAt) / MS_PER_SECOND) * this.#perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + added);
    this.#filledAt = now;
  }

  #countsOf(endpoint: string): Counts {
    const name = this.#counts.has(endpoint) || this.#counts.size < MAX_COUNTED ? endpoint : OVERFLOW_ENDPOINT;
    const known = this.#counts.get(name) ?? { requests: 0, mirrored: 0 };
    this.#counts.set(name, known);
    return known;
  }
}
