import { constants, type ServerHttp2Stream } from "node:http2";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest, ExchangeOwner, OpenExchange } from "../exchange/client-exchange.ts";
import { hasPaddedValue } from "./http2-head.ts";

/** The body of a request on one stream of HTTP/2, and who hears when the stream ends before its time. */
export class Http2Request implements ClientRequest, ExchangeOwner {
  readonly #stream: ServerHttp2Stream;
  /** What comes on the stream is no body. */
  readonly #isTunnel: boolean;
  #exchange: OpenExchange | undefined;
  #trailers: RawHeaders = [];

  /** @param isTunnel the head asks for another protocol, and what follows speaks it */
  constructor(stream: ServerHttp2Stream, isTunnel: boolean) {
    this.#stream = stream;
    this.#isTunnel = isTunnel;
    stream.once("close", () => this.#exchange?.abort());
    stream.once("trailers", (_headers, _flags, raw: string[]) => {
      if (!hasPaddedValue(raw)) return void (this.#trailers = raw);
      // First, so that the end that follows completes nothing.
      this.#exchange?.abort();
      return stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
    });
  }

  get complete(): boolean {
    return this.#isTunnel || this.#stream.endAfterHeaders || this.#stream.readableEnded;
  }

  get rawTrailers(): RawHeaders {
    return this.#trailers;
  }

  /** The client has sent everything and has taken everything; an answer is still to come. */
  get isWaitingForPrimary(): boolean {
    return this.#exchange !== undefined && this.complete && this.#stream.writableLength === 0;
  }

  on(event: "data", listener: (chunk: Buffer) => void): void {
    this.#stream.on(event, listener);
  }

  /** Where no body was left to read, the stream may have ended while nobody was listening yet. */
  once(event: "end", listener: () => void): void {
    if (this.#stream.readableEnded) queueMicrotask(listener);
    else this.#stream.once(event, listener);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  add(exchange: OpenExchange): void {
    this.#exchange = exchange;
  }

  remove(): void {
    this.#exchange = undefined;
  }
}
