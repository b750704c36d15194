import type { DropReason } from "../model/accounting.ts";
import type { MirrorPolicy } from "../model/config.ts";

/** What the whole thread has room for, whoever the candidate is. */
export interface Room {
  readonly hasRoom: boolean;
  readonly budget: { readonly exhausted: boolean };
}

/** Bounds what is mirrored to one candidate at once: over a bound the client is served and the mirror is not. */
export class Admission {
  readonly #maxInFlight: number;
  readonly #room: Room;
  #inFlight = 0;

  constructor(policy: MirrorPolicy, room: Room) {
    this.#maxInFlight = policy.maxInFlight;
    this.#room = room;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** @returns why there is no place, or null; then `leave` must follow */
  enter(): DropReason | null {
    if (this.#inFlight >= this.#maxInFlight) return "inflight";
    if (this.#room.budget.exhausted) return "bytes";
    if (!this.#room.hasRoom) return "queue";
    this.#inFlight += 1;
    return null;
  }

  leave(): void {
    this.#inFlight -= 1;
  }
}
