import { unreachable } from "../lib/unreachable.ts";
import type { TransportFailure } from "../model/capture.ts";
import type { LegTimeouts } from "./leg.ts";

/** `sending`: writing the request. `waiting`: for the response head. `receiving`: the response body. */
export type LegPhase = "connecting" | "sending" | "waiting" | "receiving" | "over";

/** Tracks the phase of a leg and whether the leg exceeds a timeout. */
export class LegClock {
  /** Our side has paused the response. */
  isPaused = false;
  readonly #timeouts: LegTimeouts;
  readonly #began = performance.now();
  #phase: LegPhase = "connecting";
  /** When the first check after the last progress took place. */
  #waitingSince = this.#began;
  #hasProgress = false;
  #deadline: { readonly at: number; readonly ms: number } | null = null;

  constructor(timeouts: LegTimeouts) {
    this.#timeouts = timeouts;
  }

  get phase(): LegPhase {
    return this.#phase;
  }

  /** Milliseconds since the leg was dispatched. */
  get ageMs(): number {
    return performance.now() - this.#began;
  }

  enter(phase: LegPhase): void {
    this.#phase = phase;
    this.#hasProgress = true;
  }

  /** Restarts the idle timeout: a piece of a body was sent or received. */
  recordProgress(): void {
    this.#hasProgress = true;
  }

  setDeadline(ms: number): void {
    this.#deadline = { at: performance.now() + ms, ms };
  }

  /**
   * @param isUploadBlocked the upstream does not take the request body that is there for it
   * @returns the timeout that has passed, or null
   */
  checkTimeouts(now: number, isUploadBlocked: boolean): TransportFailure | null {
    if (this.#hasProgress) {
      this.#hasProgress = false;
      this.#waitingSince = now;
    }
    const { headMs, idleMs, totalMs } = this.#timeouts;
    if (totalMs > 0 && now - this.#began > totalMs) return timeout(`not complete after ${totalMs} ms`);
    if (this.#deadline !== null && now > this.#deadline.at) {
      return timeout(`not complete ${this.#deadline.ms} ms after the primary`);
    }
    const waitedMs = now - this.#waitingSince;
    switch (this.#phase) {
      case "sending": // A slow client is not a failure of the upstream.
        return isUploadBlocked && waitedMs > idleMs ? timeout(`did not read the request body for ${idleMs} ms`) : null;
      case "waiting":
        return waitedMs > headMs ? timeout(`no response head for ${headMs} ms`) : null;
      case "receiving": // A pause on our side is not a failure of the upstream.
        return !this.isPaused && waitedMs > idleMs ? timeout(`no body for ${idleMs} ms`) : null;
      case "connecting":
      case "over":
        return null;
    }
    return unreachable(this.#phase);
  }
}

function timeout(detail: string): TransportFailure {
  return { kind: "timeout", detail };
}
