import { ByteBudget } from "../capture/byte-budget.ts";
import type { DropReason } from "../model/accounting.ts";
import type { TransportFailure } from "../model/capture.ts";
import type { BreakerPolicy } from "../model/routing.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";

/** What the whole thread has room for, whoever gets a copy. */
export interface Room {
  readonly hasRoom: boolean;
  readonly budget: ByteBudget;
}

/** What may be under way to one upstream of one route. */
export interface MirrorLimits {
  readonly maxInFlight: number;
  readonly maxBufferedBytes: number;
  readonly breaker?: BreakerPolicy | undefined;
}

/** MirrorLimits what is mirrored to one upstream at once: over a bound the client is served and the mirror is not. */
export class MirrorSlots {
  readonly #room: Room;
  readonly #now: () => number;
  readonly #budget: ByteBudget;
  #bounds: MirrorLimits;
  #breaker: CircuitBreaker | null;
  #inFlight = 0;

  /** @param now monotonic milliseconds */
  constructor(bounds: MirrorLimits, room: Room, now: () => number) {
    this.#room = room;
    this.#now = now;
    this.#bounds = bounds;
    this.#budget = new ByteBudget(bounds.maxBufferedBytes, room.budget);
    this.#breaker = breakerOf(bounds, now);
  }

  get breaker(): CircuitBreaker | null {
    return this.#breaker;
  }

  /** Other bounds from now on. What is in flight stays counted, and an unchanged breaker keeps what it has learned. */
  adjust(bounds: MirrorLimits): void {
    const before = this.#bounds.breaker;
    const { breaker } = bounds;
    this.#bounds = bounds;
    this.#budget.resize(bounds.maxBufferedBytes);
    if (before?.failures !== breaker?.failures || before?.openMs !== breaker?.openMs) {
      this.#breaker = breakerOf(bounds, this.#now);
    }
  }

  /** @returns a place, which must be left, or why there is none */
  enter(): Place | DropReason {
    if (this.#breaker?.lets === false) return "breaker";
    if (this.#inFlight >= this.#bounds.maxInFlight) return "inflight";
    if (this.#budget.exhausted || this.#room.budget.exhausted) return "bytes";
    if (!this.#room.hasRoom) return "queue";
    this.#inFlight += 1;
    return new Place(this.#budget, this.#breaker, () => (this.#inFlight -= 1));
  }
}

/** The place of one mirrored request at one upstream. */
export class Place {
  /** For what is held because of this upstream: the copy of the request that it has not read, and what it answers. */
  readonly budget: ByteBudget;
  readonly #breaker: CircuitBreaker | null;
  readonly #free: () => void;
  #isProbe: boolean;
  #left = false;

  constructor(budget: ByteBudget, breaker: CircuitBreaker | null, free: () => void) {
    this.budget = budget;
    this.#breaker = breaker;
    this.#free = free;
    this.#isProbe = breaker?.begin() ?? false;
  }

  /** The upstream has answered, or failed to. One that talks without end fails too: it costs as much as one that hangs. */
  ended(failure: TransportFailure | null): void {
    this.#isProbe = false;
    // The fault is ours, or that of the configuration.
    if (failure === null || failure.kind === "internal") this.#breaker?.succeeded();
    else this.#breaker?.failed();
  }

  /** May be called twice. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    if (this.#isProbe) this.#breaker?.probeLost();
    this.#free();
  }
}

function breakerOf({ breaker }: MirrorLimits, now: () => number): CircuitBreaker | null {
  return breaker === undefined ? null : new CircuitBreaker(breaker, now);
}
