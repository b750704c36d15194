import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest } from "../exchange/client-exchange.ts";

/** The body of a request in HTTP/1: nothing of it is read before somebody listens. */
export class Http1Request implements ClientRequest {
  complete: boolean;
  rawTrailers: RawHeaders = [];
  /** More of the body may be read. */
  flows = false;
  readonly #flow: (flows: boolean) => void;
  #data: ((chunk: Buffer) => void) | undefined;
  readonly #ends: (() => void)[] = [];

  /** @param flow called when the body is to be read, or no longer */
  constructor(hasBody: boolean, flow: (flows: boolean) => void) {
    this.complete = !hasBody;
    this.#flow = flow;
  }

  on(_event: "data", listener: (chunk: Buffer) => void): void {
    this.#data = listener;
    this.resume();
  }

  /** Where everything has been read, it is told a moment later. */
  once(_event: "end", listener: () => void): void {
    if (this.complete) queueMicrotask(listener);
    else this.#ends.push(listener);
  }

  pause(): void {
    if (!this.flows || this.complete) return;
    this.flows = false;
    this.#flow(false);
  }

  resume(): void {
    if (this.flows || this.complete) return;
    this.flows = true;
    this.#flow(true);
  }

  received(piece: Buffer): void {
    this.#data?.(piece);
  }

  ended(trailers: RawHeaders): void {
    this.complete = true;
    this.rawTrailers = trailers;
    for (const end of this.#ends) end();
  }
}
