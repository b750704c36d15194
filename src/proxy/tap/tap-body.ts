import { Readable } from "node:stream";
import type { ByteBudget } from "../../capture/byte-budget.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest } from "../exchange/client-exchange.ts";

/** Limit of bytes that wait for a primary that reads more slowly than the client sends. */
const MAX_QUEUED_BYTES = 1024 * 1024;

export interface TapBodyOwner {
  /** The client has sent the complete body. */
  onComplete(): void;
  /** The limit was reached. The primary receives no more; the rest of the client's body is discarded. */
  onOverflow(): void;
}

/** A client's body for legs that must not slow down the client: it is read as fast as it arrives, within a limit. */
export class TapBody implements ClientRequest {
  readonly canHaveTrailers: boolean;
  /** Flows as soon as there is a listener. */
  readonly #queue = new Readable({ read: () => {} });
  readonly #request: ClientRequest;
  readonly #budget: ByteBudget;
  readonly #owner: TapBodyOwner;
  /** Bytes that are charged to the budget. */
  #queuedBytes = 0;
  #hasOverflowed = false;
  #isComplete = false;

  constructor(request: ClientRequest, budget: ByteBudget, owner: TapBodyOwner) {
    this.#request = request;
    this.canHaveTrailers = request.canHaveTrailers;
    this.#budget = budget;
    this.#owner = owner;
    this.#queue.pause();
    this.#queue.on("data", (chunk: Buffer) => this.#releaseBytes(chunk.length));
    request.on("data", (chunk: Buffer) => this.#enqueue(chunk));
    request.once("end", () => {
      this.#isComplete = true;
      // An overflowed body must not look complete.
      if (!this.#hasOverflowed) this.#queue.push(null);
      owner.onComplete();
    });
    request.resume();
  }

  get complete(): boolean {
    return this.#isComplete;
  }

  get rawTrailers(): RawHeaders {
    return this.#request.rawTrailers;
  }

  on(event: "data", listener: (chunk: Buffer) => void): void {
    this.#queue.on(event, listener);
    this.#queue.resume();
  }

  once(event: "end", listener: () => void): void {
    this.#queue.once(event, listener);
  }

  pause(): void {
    this.#queue.pause();
  }

  resume(): void {
    this.#queue.resume();
  }

  #enqueue(chunk: Buffer): void {
    if (this.#hasOverflowed) return;
    if (this.#queuedBytes + chunk.length > MAX_QUEUED_BYTES || !this.#budget.tryTake(chunk.length)) {
      this.#hasOverflowed = true;
      this.#owner.onOverflow();
      return;
    }
    this.#queuedBytes += chunk.length;
    this.#queue.push(chunk);
  }

  #releaseBytes(bytes: number): void {
    this.#queuedBytes -= bytes;
    this.#budget.give(bytes);
  }
}
