import type { Socket } from "node:net";
import { loopIdleMs } from "../../lib/runtime/loop-idle-time.ts";
import type { IdleConnections } from "../exchange/request-head.ts";
import { CLIENT_IDLE_TIMEOUT_MS, FRESH_MS, LINGER_MS, MAX_LINGER_MS } from "./client-limits.ts";

/** What a connection does. `ending`: its last bytes are written, and what the client still sends is discarded. */
export type ConnectionPhase = "idle" | "head" | "exchange" | "ending";

export interface ClientTimeouts {
  /** For a complete request head. */
  readonly headTimeoutMs: number;
  /** Between two pieces that a client sends or receives. */
  readonly idleTimeoutMs: number;
}

/** Measures for how long the client of a connection has made no progress. A wait counts from the first check on. */
export class ClientClock {
  readonly #timeouts: ClientTimeouts;
  /** Approximate milliseconds without progress. */
  #stalledMs = 0;
  /** Age of an unfinished head. */
  #headMs: number | null = null;
  #lingerMs = 0;
  #hasReceived = false;
  /** `loopIdleMs` when the latest bytes arrived. */
  #receivedAt = loopIdleMs();
  /** `loopIdleMs` at the end of the latest response. */
  #endedAt = -Infinity;
  #flushedBytes = 0;

  constructor(timeouts: ClientTimeouts) {
    this.#timeouts = timeouts;
  }

  /** From the end of the latest response to the latest bytes, while this thread was not busy; infinite before a response. */
  get pauseMs(): number {
    return Math.max(0, this.#receivedAt - this.#endedAt);
  }

  /** Since the latest bytes, without the time in which this thread was busy. */
  get silentMs(): number {
    return loopIdleMs() - this.#receivedAt;
  }

  /** The client has had no response, and its first request may be on its way. */
  get isFresh(): boolean {
    return this.#endedAt === -Infinity && this.silentMs < FRESH_MS;
  }

  /** Bytes have arrived. @param isProgress false between requests, where only a complete head counts */
  received(isProgress: boolean): void {
    if (isProgress) this.#hasReceived = true;
    this.#receivedAt = loopIdleMs();
  }

  responseEnded(): void {
    this.#endedAt = loopIdleMs();
  }

  headReceived(): void {
    this.#headMs = null;
  }

  phaseChanged(): void {
    this.#stalledMs = 0;
  }

  /**
   * @param ms since the last check
   * @param waitsForPrimary the client cannot make progress
   * @returns whether a timeout has passed
   */
  isTimedOut(ms: number, phase: ConnectionPhase, socket: Socket, waitsForPrimary: boolean): boolean {
    const flushed = socket.bytesWritten - socket.writableLength;
    const hasProgress = this.#hasReceived || flushed !== this.#flushedBytes || waitsForPrimary;
    this.#stalledMs = hasProgress ? 0 : this.#stalledMs + ms;
    this.#hasReceived = false;
    this.#flushedBytes = flushed;
    const { headTimeoutMs, idleTimeoutMs } = this.#timeouts;
    if (socket.writableLength > 0 || phase === "exchange") return this.#stalledMs > idleTimeoutMs;
    if (phase === "idle") return this.#stalledMs > CLIENT_IDLE_TIMEOUT_MS;
    if (phase === "head") {
      this.#headMs = this.#headMs === null ? 0 : this.#headMs + ms;
      return this.#headMs > headTimeoutMs;
    }
    this.#lingerMs += ms;
    return this.#lingerMs > MAX_LINGER_MS || this.#stalledMs > LINGER_MS;
  }
}

/** Whether a connection counts as idle: it has had a response, and no further request. */
export class IdleMark {
  readonly #idle: IdleConnections;
  #isSet = false;

  constructor(idle: IdleConnections) {
    this.#idle = idle;
  }

  set(isIdle: boolean): void {
    this.#idle.count += Number(isIdle) - Number(this.#isSet);
    this.#isSet = isIdle;
  }
}
