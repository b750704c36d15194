import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest } from "../exchange/client-exchange.ts";

/** The body of an HTTP/1 request. It is not read before a listener is added. */
export class Http1Request implements ClientRequest {
  complete: boolean;
  readonly canHaveTrailers: boolean;
  rawTrailers: RawHeaders = [];
  /** The body is being read. */
  isFlowing = false;
  readonly #setFlow: (isFlowing: boolean) => void;
  #onData: ((chunk: Buffer) => void) | undefined;
  readonly #onEnd: (() => void)[] = [];

  /**
   * @param isChunked trailers can follow chunks only (RFC 9112 §7.1.2)
   * @param setFlow starts or stops reading from the connection
   */
  constructor(hasBody: boolean, isChunked: boolean, setFlow: (isFlowing: boolean) => void) {
    this.complete = !hasBody;
    this.canHaveTrailers = isChunked;
    this.#setFlow = setFlow;
  }

  on(_event: "data", listener: (chunk: Buffer) => void): void {
    this.#onData = listener;
    this.resume();
  }

  /** Calls the listener in a microtask if the request is already complete. */
  once(_event: "end", listener: () => void): void {
    if (this.complete) queueMicrotask(listener);
    else this.#onEnd.push(listener);
  }

  pause(): void {
    if (!this.isFlowing || this.complete) return;
    this.isFlowing = false;
    this.#setFlow(false);
  }

  resume(): void {
    if (this.isFlowing || this.complete) return;
    this.isFlowing = true;
    this.#setFlow(true);
  }

  receive(piece: Buffer): void {
    this.#onData?.(piece);
  }

  end(trailers: RawHeaders): void {
    this.complete = true;
    this.rawTrailers = trailers;
    for (const listener of this.#onEnd) listener();
  }
}
