import type { TransportFailure } from "../model/capture.ts";
import type { LegTimeouts } from "./leg.ts";

/** Connecting, sending the request, waiting for the head, receiving the body, over. Numbers, because order matters. */
export const CONNECTING = 0;
export const SENDING = 1;
export const WAITING = 2;
export const RECEIVING = 3;
export const OVER = 4;

/** What a leg is doing, since when, and whether that has taken too long. */
export class LegClock {
  /** Our side holds the upstream back. */
  paused = false;
  readonly #limits: LegTimeouts;
  readonly #began = performance.now();
  #phase = CONNECTING;
  /** When the present wait began, or was first looked at. */
  #since = this.#began;
  #moved = false;
  /** When the leg must have ended, and how long it was given, if somebody has said so. */
  #deadline: { readonly at: number; readonly ms: number } | null = null;

  constructor(limits: LegTimeouts) {
    this.#limits = limits;
  }

  get phase(): number {
    return this.#phase;
  }

  /** Milliseconds since the leg was dispatched. */
  get age(): number {
    return performance.now() - this.#began;
  }

  enter(phase: number): void {
    this.#phase = phase;
    this.#moved = true;
  }

  /** A piece of a body went one way or the other: the wait begins anew. */
  move(): void {
    this.#moved = true;
  }

  setDeadline(ms: number): void {
    this.#deadline = { at: performance.now() + ms, ms };
  }

  /** @param heldBack the upstream does not take the body that is there for it */
  overdue(now: number, heldBack: boolean): TransportFailure | null {
    if (this.#moved) {
      this.#moved = false;
      this.#since = now;
    }
    const { headMs, idleMs, totalMs } = this.#limits;
    if (totalMs > 0 && now - this.#began > totalMs) return late(`not complete after ${totalMs} ms`);
    if (this.#deadline !== null && now > this.#deadline.at) {
      return late(`not complete ${this.#deadline.ms} ms after the primary`);
    }
    const waited = now - this.#since;
    switch (this.#phase) {
      case SENDING: // Slow only if the upstream does not take what is there; a client may take its time.
        return heldBack && waited > idleMs ? late(`took no body for ${idleMs} ms`) : null;
      case WAITING:
        return waited > headMs ? late(`no response head for ${headMs} ms`) : null;
      case RECEIVING: // Slow only if it is not we who hold it back.
        return !this.paused && waited > idleMs ? late(`no body for ${idleMs} ms`) : null;
      default:
        return null;
    }
  }
}

function late(detail: string): TransportFailure {
  return { kind: "timeout", detail };
}
