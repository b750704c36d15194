import type { EndpointLookup } from "../endpoints/endpoint-lookup.ts";
import { BinaryHeap } from "../lib/binary-heap.ts";
import { sampleDraw } from "../lib/stable-draw.ts";
import type { ControlBudget } from "./control-budget.ts";
import type { FinishedExchange } from "./finished-exchange.ts";

/** Controls of an endpoint that are kept at most. Of N exchanges, about KEPT · (1 + ln(N / KEPT)) are sent. */
const KEPT = 256;
/** So many are kept of each of the first endpoints whatever they cost, and of each of the others. */
const GUARANTEED = 32;
const GUARANTEED_LATER = 8;
const FIRST_ENDPOINTS = 100;
/** Endpoints with a limit each; those that come later share one. */
const MAX_ENDPOINTS = 300;
/** An endpoint that was not requested for so long gives way to another one, at most once per second. */
const UNUSED_MS = 60_000;
const SEARCH_EVERY_MS = 1_000;
const OTHERS = "";
/** Distance between two draws. */
const DRAW_STEP = 2 ** -32;

/**
 * The exchanges that share a control limit: those of one endpoint and the same candidates, because a candidate with a smaller share
 * must not share the limit of one with a larger share.
 */
export function controlKey({ route, request, candidates }: FinishedExchange, endpoints: EndpointLookup): string {
  const endpoint = endpoints.similarEndpointOf(route, request.method, request.target);
  return candidates.reduce((key, { subset }) => `${key}\n${subset}`, `${route}\n${endpoint}`);
}

/** The controls of one endpoint. */
interface EndpointControls {
  /** See `Exchange.controlLimit`. It only falls. */
  limit: number;
  /** The draws below the limit, the largest first. */
  readonly kept: BinaryHeap<number>;
  /** How many are kept. */
  capacity: number;
  readonly guaranteed: number;
  usedAt: number;
}

/**
 * Decides which of the exchanges whose responses are all identical travel in full, as controls: those of an endpoint whose draws
 * are below its limit. The limit only falls, and travels with each of them, so that those below the last limit are a uniform
 * sample of all (bottom-k sampling; Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007). The number that is
 * kept grows within the budget of the thread; without it, each further control displaces another one, which lowers the limit.
 */
export class ControlSampler {
  readonly #budget: Pick<ControlBudget, "hasTime">;
  readonly #now: () => number;
  readonly #endpoints = new Map<string, EndpointControls>();
  #searchedAt = -Infinity;

  /** @param now monotonic milliseconds */
  constructor(budget: Pick<ControlBudget, "hasTime">, now: () => number = monotonic) {
    this.#budget = budget;
    this.#now = now;
  }

  /** Another run needs its own controls. */
  beginRun(): void {
    this.#endpoints.clear();
  }

  /** @returns the limit of an endpoint, for an exchange that is sent in any case */
  limitOf(endpoint: string): number {
    return this.#controlsOf(endpoint).limit;
  }

  /**
   * Offers an exchange whose responses are all identical.
   * @param id of the exchange
   * @returns the limit with which it travels in full, above its draw; null if it is no control
   */
  offer(endpoint: string, id: string): number | null {
    const controls = this.#controlsOf(endpoint);
    const draw = sampleDraw(id);
    if (draw >= controls.limit) return null;
    const { kept, guaranteed } = controls;
    kept.add(draw);
    const canGrow = kept.size <= guaranteed || this.#budget.hasTime();
    if (canGrow) controls.capacity = Math.min(KEPT, Math.max(controls.capacity, kept.size));
    if (kept.size > controls.capacity) {
      while (kept.size > controls.capacity && kept.first !== draw) kept.removeFirst();
      controls.limit = (kept.first as number) + DRAW_STEP;
    }
    return controls.limit;
  }

  #controlsOf(endpoint: string): EndpointControls {
    const usedAt = this.#now();
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) {
      known.usedAt = usedAt;
      return known;
    }
    if (this.#endpoints.size >= MAX_ENDPOINTS && endpoint !== OTHERS && !this.#dropUnused(usedAt)) {
      return this.#controlsOf(OTHERS);
    }
    const kept = new BinaryHeap<number>((one, other) => one > other);
    const guaranteed = this.#endpoints.size < FIRST_ENDPOINTS ? GUARANTEED : GUARANTEED_LATER;
    const controls = { limit: 1, kept, capacity: 0, guaranteed, usedAt };
    this.#endpoints.set(endpoint, controls);
    return controls;
  }

  /** Path segments that turn out to be parameters leave endpoints behind. @returns whether there was one */
  #dropUnused(now: number): boolean {
    if (now - this.#searchedAt < SEARCH_EVERY_MS) return false;
    this.#searchedAt = now;
    let oldest: string | undefined;
    let oldestAt = now - UNUSED_MS;
    for (const [endpoint, { usedAt }] of this.#endpoints) {
      if (usedAt > oldestAt) continue;
      oldest = endpoint;
      oldestAt = usedAt;
    }
    return oldest !== undefined && this.#endpoints.delete(oldest);
  }
}

function monotonic(): number {
  return performance.now();
}
