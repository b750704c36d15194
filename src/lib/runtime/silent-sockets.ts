import type { Socket } from "node:net";
import { type IntrusiveItem, IntrusiveSet } from "../intrusive-set.ts";
import { destroySocket, expectSockets } from "./descriptors.ts";

/**
 * Silence is counted in ticks of a timer: between two ticks the event loop reads what has arrived, so that a thread that was
 * busy does not take its clients for silent.
 */
const TICK_MS = 25;
/** For 0.1 s the first request of a new client is expected, which will need a connection to a primary. */
const FRESH_TICKS = 4;
/** After 0.25 s, a client that has sent nothing probably has no request. */
const SILENT_TICKS = 10;
/** For a client that has begun, for example a TLS handshake, which takes several round trips: one second. */
const STALLED_TICKS = 40;

/** A client that has not sent its first request yet. */
export interface SilentSocket extends IntrusiveItem {
  readonly socket: Socket;
  /** Tick at which it was accepted. */
  readonly since: number;
}

/** The clients that have not sent their first request yet. */
export class SilentSockets {
  readonly #sockets = new IntrusiveSet<SilentSocket>();
  readonly #timer = setInterval(() => this.#tick(), TICK_MS).unref();
  #ticks = 0;
  /** How many of them each of the latest ticks has added. */
  readonly #fresh = new Int32Array(FRESH_TICKS);

  /** @returns the entry, which must be deleted when the socket is closed or its client is no longer silent */
  add(socket: Socket): SilentSocket {
    const silent = { setIndex: 0, socket, since: this.#ticks };
    this.#sockets.add(silent);
    this.#changeFresh(this.#ticks, 1);
    return silent;
  }

  delete(silent: SilentSocket): void {
    this.#sockets.delete(silent);
    if (this.#ticks - silent.since < FRESH_TICKS) this.#changeFresh(silent.since, -1);
  }

  /**
   * Frees the descriptors of those that have been silent for longest, but none that may only be slow.
   * @returns how many, at most `count`
   */
  shedOldest(count: number): number {
    const ticks = this.#ticks;
    const silent = [...this.#sockets].filter(
      ({ socket, since }) =>
        !socket.destroyed && ticks - since >= (socket.bytesRead === 0 ? SILENT_TICKS : STALLED_TICKS),
    );
    const shed = silent.sort((a, b) => a.since - b.since).slice(0, count);
    for (const { socket } of shed) destroySocket(socket);
    return shed.length;
  }

  closeAll(): void {
    for (const { socket } of this.#sockets) socket.destroy();
  }

  /** Stops the timer: nothing is silent from now on. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#ticks += 1;
    this.#changeFresh(this.#ticks, -(this.#fresh[this.#ticks % FRESH_TICKS] ?? 0));
  }

  /** @param tick at which they were added, or that is `FRESH_TICKS` later */
  #changeFresh(tick: number, change: number): void {
    const index = tick % FRESH_TICKS;
    this.#fresh[index] = (this.#fresh[index] ?? 0) + change;
    expectSockets(change);
  }
}
