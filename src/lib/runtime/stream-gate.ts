import type { TurnQueue, TurnTaker } from "./turn-queue.ts";

/** Unsent bytes of all connections beyond which a connection whose client does not read gets no further streams. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;
/**
 * Beyond this, a stream of such a connection that sends more is reset: all streams of a connection can start before the first
 * response of a slow upstream arrives.
 */
const MOST_UNSENT_BYTES = 3 * MAX_UNSENT_BYTES;
/** What one stream holds while its client does not read: one read from the upstream. */
const STREAM_BYTES = 64 * 1024;
/** Started in one turn of a connection: together, they take fewer system calls than one by one. */
const STREAMS_PER_TURN = 8;

/** A stream that a client has opened and that has not started yet. */
export interface WaitingStream {
  start(): void;
}

/** Response bytes that were written and not sent, on all connections of a listener. */
export class UnsentBytes {
  /** Connections with waiting streams, whose clients have to read first. */
  readonly blocked = new Set<StreamGate>();
  #total = 0;

  /** Clients that do not read hold so much that their connections are limited. */
  get areMany(): boolean {
    return this.#total > MAX_UNSENT_BYTES;
  }

  get areTooMany(): boolean {
    return this.#total > MOST_UNSENT_BYTES;
  }

  add(bytes: number): void {
    this.#total += bytes;
    if (bytes < 0 && this.blocked.size > 0 && !this.areMany) for (const gate of this.blocked) gate.open();
  }
}

/**
 * Lets the streams of one connection start in order and in turns with all other connections. While clients that do not read hold
 * many bytes, each of their streams has to be paid for: the client must have read what the stream can hold.
 */
export class StreamGate implements TurnTaker {
  readonly #all: UnsentBytes;
  readonly #turns: TurnQueue;
  readonly #waiting: WaitingStream[] = [];
  #awaitsTurn = false;
  #unsentBytes = 0;
  #sentSinceStart = 0;

  constructor(all: UnsentBytes, turns: TurnQueue) {
    this.#all = all;
    this.#turns = turns;
  }

  /** The client must read before it gets more, because there is no memory for it. */
  get isOverrun(): boolean {
    return this.#all.areTooMany && this.#unsentBytes > STREAM_BYTES;
  }

  /** @returns whether a stream may start without waiting, which the caller then does */
  startAtOnce(): boolean {
    if (this.#waiting.length > 0 || !this.#canStart || !this.#turns.startAtOnce()) return false;
    this.#sentSinceStart = 0;
    return true;
  }

  /** Starts the stream after those that wait already, in a later turn. */
  wait(stream: WaitingStream): void {
    this.#waiting.push(stream);
    this.open();
  }

  /** The stream is closed. It is not started any more. */
  forget(stream: WaitingStream): void {
    const index = this.#waiting.indexOf(stream);
    if (index !== -1) this.#waiting.splice(index, 1);
    if (this.#waiting.length === 0) this.#all.blocked.delete(this);
  }

  /** @param bytes written and not sent yet; negative when they were sent, or their stream was reset */
  addUnsent(bytes: number): void {
    this.#unsentBytes += bytes;
    if (bytes < 0) this.#sentSinceStart -= bytes;
    this.#all.add(bytes);
    if (this.#all.blocked.has(this)) this.open();
  }

  /** Waits for the next turn if there is a stream that may start. */
  open(): void {
    if (this.#awaitsTurn || this.#waiting.length === 0) return;
    if (!this.#canStart) return void this.#all.blocked.add(this);
    this.#all.blocked.delete(this);
    this.#awaitsTurn = true;
    this.#turns.wait(this);
  }

  takeTurn(): boolean {
    this.#awaitsTurn = false;
    let started = 0;
    // One at a time when memory is short, so that its response is counted before the next one starts.
    const most = this.#all.areMany ? 1 : STREAMS_PER_TURN;
    while (started < most && this.#canStart) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#sentSinceStart = 0;
      next.start();
      started += 1;
    }
    this.open();
    return started > 0;
  }

  get #canStart(): boolean {
    return !this.#all.areMany || this.#unsentBytes < STREAM_BYTES || this.#sentSinceStart >= STREAM_BYTES;
  }
}
