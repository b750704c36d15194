import { Readable } from "node:stream";
import type { ByteBudget } from "../../capture/byte-budget.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest } from "../exchange/client-exchange.ts";

/** What may wait for a primary that reads slower than the client sends. */
const MAX_QUEUED_BYTES = 1024 * 1024;

export interface TapBodyOwner {
  /** The client has sent everything. */
  complete(): void;
  /** There is no room for what the primary has not taken: it gets no more. The client's body is read to its end. */
  overflown(): void;
}

/** A client's body on its way to legs that the client must not wait for: read as fast as it comes, and bounded. */
export class TapBody implements ClientRequest {
  /** Flows once someone listens. */
  readonly #queue = new Readable({ read: () => {} });
  readonly #request: ClientRequest;
  readonly #budget: ByteBudget;
  readonly #owner: TapBodyOwner;
  /** Counted against the budget. */
  #held = 0;
  #overflown = false;
  #complete = false;

  constructor(request: ClientRequest, budget: ByteBudget, owner: TapBodyOwner) {
    this.#request = request;
    this.#budget = budget;
    this.#owner = owner;
    this.#queue.pause();
    this.#queue.on("data", (chunk: Buffer) => this.#give(chunk.length));
    request.on("data", (chunk: Buffer) => this.#take(chunk));
    request.once("end", () => {
      this.#complete = true;
      // Otherwise a body that lacks something would look whole.
      if (!this.#overflown) this.#queue.push(null);
      owner.complete();
    });
    request.resume();
  }

  get complete(): boolean {
    return this.#complete;
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

  #take(chunk: Buffer): void {
    if (this.#overflown) return;
    if (this.#held + chunk.length > MAX_QUEUED_BYTES || !this.#budget.tryTake(chunk.length)) {
      this.#overflown = true;
      this.#owner.overflown();
      return;
    }
    this.#held += chunk.length;
    this.#queue.push(chunk);
  }

  #give(bytes: number): void {
    this.#held -= bytes;
    this.#budget.give(bytes);
  }
}
