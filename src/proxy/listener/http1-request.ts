import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest } from "../exchange/client-exchange.ts";

/** The connection that a body is read from. */
interface BodySource {
  /** Starts or stops reading. */
  setFlow(isFlowing: boolean): void;
  /** See `RequestParser.takeWholeBody`. */
  takeWholeBody(): Buffer | null;
}

/** The body of an HTTP/1 request. It is not read before a listener is added. */
export class Http1Request implements ClientRequest {
  complete: boolean;
  readonly canHaveTrailers: boolean;
  rawTrailers: RawHeaders = [];
  /** The body is being read. */
  isFlowing = false;
  readonly #source: BodySource;
  #onData: ((chunk: Buffer) => void) | undefined;
  readonly #onEnd: (() => void)[] = [];

  /**
   * @param isChunked trailers can follow chunks only (RFC 9112 §7.1.2)
   */
  constructor(hasBody: boolean, isChunked: boolean, source: BodySource) {
    this.complete = !hasBody;
    this.canHaveTrailers = isChunked;
    this.#source = source;
  }

  takeWhole(): Buffer | null {
    const body = this.#source.takeWholeBody();
    if (body !== null) this.complete = true;
    return body;
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
    this.#source.setFlow(false);
  }

  resume(): void {
    if (this.isFlowing || this.complete) return;
    this.isFlowing = true;
    this.#source.setFlow(true);
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
