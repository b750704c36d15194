import { ByteBudget } from "../capture/byte-budget.ts";
import { missingDescriptors } from "../lib/runtime/descriptors.ts";
import type { DropReason } from "../model/accounting.ts";
import type { TransportFailure } from "../model/capture.ts";
import type { BreakerPolicy } from "../model/routing.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";

/** The capacity of the thread for captures, which all candidates share. */
export interface CaptureCapacity {
  readonly hasCapacity: boolean;
  readonly budget: ByteBudget;
}

/** The limits of the requests in flight to one upstream of one route. */
export interface MirrorLimits {
  readonly maxInFlight: number;
  readonly maxBufferedBytes: number;
  readonly breaker?: BreakerPolicy | undefined;
}

/**
 * The slots for mirrored requests to one upstream of one route. Above a limit, the client is served and the request is not
 * mirrored.
 */
export class MirrorSlots {
  readonly #capacity: CaptureCapacity;
  readonly #now: () => number;
  readonly #budget: ByteBudget;
  #limits: MirrorLimits;
  #breaker: CircuitBreaker | null;
  #inFlight = 0;

  /** @param now monotonic milliseconds */
  constructor(limits: MirrorLimits, capacity: CaptureCapacity, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
    this.#limits = limits;
    this.#budget = new ByteBudget(limits.maxBufferedBytes, capacity.budget);
    this.#breaker = createBreaker(limits, now);
  }

  get breaker(): CircuitBreaker | null {
    return this.#breaker;
  }

  /** Changes the limits. Requests in flight stay counted, and a breaker whose policy is unchanged keeps its state. */
  setLimits(limits: MirrorLimits): void {
    const before = this.#limits.breaker;
    const { breaker } = limits;
    this.#limits = limits;
    this.#budget.resize(limits.maxBufferedBytes);
    if (before?.failures !== breaker?.failures || before?.openMs !== breaker?.openMs) {
      this.#breaker = createBreaker(limits, this.#now);
    }
  }

  /** @returns a slot, which must be released, or the reason why there is none */
  acquire(): MirrorSlot | DropReason {
    if (this.#breaker?.allowsRequest === false) return "breaker";
    if (missingDescriptors("mirror") > 0) return "descriptors";
    if (this.#inFlight >= this.#limits.maxInFlight) return "inflight";
    if (this.#budget.isExhausted || this.#capacity.budget.isExhausted) return "bytes";
    if (!this.#capacity.hasCapacity) return "queue";
    this.#inFlight += 1;
    return new MirrorSlot(this.#budget, this.#breaker, () => (this.#inFlight -= 1));
  }
}

/** The slot of one mirrored request to one upstream. */
export class MirrorSlot {
  /** Limits the memory that this upstream causes: the request body that it has not read yet, and its captured response. */
  readonly budget: ByteBudget;
  readonly #breaker: CircuitBreaker | null;
  readonly #onRelease: () => void;
  #isProbe: boolean;
  #isReleased = false;

  constructor(budget: ByteBudget, breaker: CircuitBreaker | null, onRelease: () => void) {
    this.budget = budget;
    this.#breaker = breaker;
    this.#onRelease = onRelease;
    this.#isProbe = breaker?.startRequest() ?? false;
  }

  /** Reports the outcome to the circuit breaker. */
  recordOutcome(failure: TransportFailure | null): void {
    this.#isProbe = false;
    this.#breaker?.record(failure);
  }

  /** Idempotent. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#isProbe) this.#breaker?.abandonProbe();
    this.#onRelease();
  }
}

function createBreaker({ breaker }: MirrorLimits, now: () => number): CircuitBreaker | null {
  return breaker === undefined ? null : new CircuitBreaker(breaker, now);
}
