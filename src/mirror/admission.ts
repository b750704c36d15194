import type { DropReason } from "../model/accounting.ts";
import type { TransportFailure, TransportFailureKind } from "../model/capture.ts";
import type { MirrorPolicy } from "../model/routing.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";

/** What the whole thread has room for, whoever the candidate is. */
export interface Room {
  readonly hasRoom: boolean;
  readonly budget: { readonly exhausted: boolean };
}

/** Ends that are not the candidate's inability to answer: it talked too long, or the fault is ours. */
const NO_FAULT: ReadonlySet<TransportFailureKind> = new Set(["endless", "internal"]);

/** Bounds what is mirrored to one candidate at once: over a bound the client is served and the mirror is not. */
export class Admission {
  readonly #room: Room;
  readonly #now: () => number;
  #policy: MirrorPolicy;
  #breaker: CircuitBreaker | null;
  #inFlight = 0;

  /** @param now monotonic milliseconds */
  constructor(policy: MirrorPolicy, room: Room, now: () => number) {
    this.#room = room;
    this.#now = now;
    this.#policy = policy;
    this.#breaker = breakerOf(policy, now);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Other bounds from now on. What is in flight stays counted, and an unchanged breaker keeps what it has learned. */
  adjust(policy: MirrorPolicy): void {
    const before = this.#policy.breaker;
    const { breaker } = policy;
    this.#policy = policy;
    if (before?.failures !== breaker?.failures || before?.openMs !== breaker?.openMs) {
      this.#breaker = breakerOf(policy, this.#now);
    }
  }

  /** @returns a place, which must be left, or why there is none */
  enter(): Place | DropReason {
    if (this.#breaker?.lets === false) return "breaker";
    if (this.#inFlight >= this.#policy.maxInFlight) return "inflight";
    if (this.#room.budget.exhausted) return "bytes";
    if (!this.#room.hasRoom) return "queue";
    this.#inFlight += 1;
    return new Place(this.#breaker, () => (this.#inFlight -= 1));
  }
}

/** The place of one mirrored request at one candidate. */
export class Place {
  readonly #breaker: CircuitBreaker | null;
  readonly #free: () => void;
  #isProbe: boolean;

  constructor(breaker: CircuitBreaker | null, free: () => void) {
    this.#breaker = breaker;
    this.#free = free;
    this.#isProbe = breaker?.begin() ?? false;
  }

  /** The candidate has answered, or failed to. */
  ended(failure: TransportFailure | null): void {
    this.#isProbe = false;
    if (failure === null || NO_FAULT.has(failure.kind)) this.#breaker?.succeeded();
    else this.#breaker?.failed();
  }

  leave(): void {
    if (this.#isProbe) this.#breaker?.probeLost();
    this.#free();
  }
}

function breakerOf({ breaker }: MirrorPolicy, now: () => number): CircuitBreaker | null {
  return breaker === undefined ? null : new CircuitBreaker(breaker, now);
}
