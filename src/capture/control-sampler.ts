import { BinaryHeap } from "../lib/binary-heap.ts";
import { loopIdleMs } from "../lib/runtime/loop-idle-time.ts";
import { sampleDraw } from "../lib/stable-draw.ts";
import { ControlBudget } from "./control-budget.ts";

/** Controls of an endpoint that are kept at most. Of N exchanges, about KEPT · (1 + ln(N / KEPT)) are sent. */
const KEPT = 256;
/** So many are kept of each endpoint whatever the others need. */
const GUARANTEED = 8;
/** Endpoints with a limit each; those that come later share one. */
const MAX_ENDPOINTS = 300;
/** An endpoint that was not requested for so long gives way to another one, at most once per second. */
const UNUSED_MS = 60_000;
const SEARCH_EVERY_MS = 1_000;
const OTHERS = "";
/** Distance between two draws. */
const DRAW_STEP = 2 ** -32;

/** The controls of one endpoint. */
interface EndpointControls {
  /** See `Exchange.controlLimit`. It only falls. */
  limit: number;
  /** The draws below the limit, the largest first. */
  readonly kept: BinaryHeap<number>;
  /** How many are kept. */
  capacity: number;
  usedAt: number;
}

/**
 * Decides which of the exchanges whose responses are all identical travel in full, as controls: those of an endpoint whose draws
 * are below its limit. The limit only falls, and travels with each of them, so that those below the last limit are a uniform
 * sample of all (bottom-k sampling; Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007). The number that is
 * kept grows within the budget of the thread; without it, each further control displaces another one, which lowers the limit.
 */
export class ControlSampler {
  readonly #budget: Pick<ControlBudget, "hasTime" | "spend">;
  readonly #now: () => number;
  readonly #endpoints = new Map<string, EndpointControls>();
  #searchedAt = -Infinity;

  /** @param now monotonic milliseconds */
  constructor(budget: Pick<ControlBudget, "hasTime" | "spend">, now: () => number) {
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
    const { kept } = controls;
    kept.add(draw);
    const canGrow = kept.size <= GUARANTEED || this.#budget.hasTime();
    if (canGrow) controls.capacity = Math.min(KEPT, Math.max(controls.capacity, kept.size));
    if (kept.size > controls.capacity) {
      while (kept.size > controls.capacity && kept.first !== draw) kept.removeFirst();
      controls.limit = (kept.first as number) + DRAW_STEP;
    }
    return controls.limit;
  }

  /** A control with a body of so many bytes took so many milliseconds of the thread. */
  sent(ms: number, bytes: number): void {
    this.#budget.spend(ms, bytes);
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
    const controls = { limit: 1, kept, capacity: 0, usedAt };
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

/** Creates the sampler of this thread. */
export function createControlSampler(): ControlSampler {
  return new ControlSampler(new ControlBudget(monotonic, loopIdleMs), monotonic);
}

function monotonic(): number {
  return performance.now();
}
