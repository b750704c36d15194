import { constants, type ServerHttp2Stream } from "node:http2";
import { onEndStream } from "../../http/http2/end-stream.ts";
import { hasPaddedValue } from "../../http/http2/http2-fields.ts";
import { fieldValue } from "../../http/read-header.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientRequest, ExchangeOwner, OpenExchange } from "../exchange/client-exchange.ts";

/** The body of a request on an HTTP/2 stream. It aborts the exchange when the stream is closed early. */
export class Http2Request implements ClientRequest, ExchangeOwner {
  readonly canHaveTrailers: boolean;
  readonly #stream: ServerHttp2Stream;
  /** The stream carries another protocol instead of a body. */
  readonly #isTunnel: boolean;
  #exchange: OpenExchange | undefined;
  /** The client has ended the request, and not reset the stream. */
  #isWhole: boolean;
  #trailers: RawHeaders = [];

  /**
   * @param fields of the head. Trailers of a body with a Content-Length must be announced: it ends with its last byte otherwise
   * @param isTunnel the head asks for another protocol, which the following bytes speak
   */
  constructor(stream: ServerHttp2Stream, fields: RawHeaders, isTunnel: boolean) {
    this.canHaveTrailers =
      fieldValue(fields, "content-length") === undefined || fieldValue(fields, "trailer") !== undefined;
    this.#stream = stream;
    this.#isTunnel = isTunnel;
    // Frames that arrive together with the head can be read before this event.
    this.#isWhole = stream.endAfterHeaders || stream.state.remoteClose === 1;
    if (!this.#isWhole) onEndStream(stream, () => (this.#isWhole = true));
    stream.once("close", () => this.#exchange?.abort());
    stream.once("trailers", (_headers, _flags, raw: string[]) => {
      if (!hasPaddedValue(raw)) return void (this.#trailers = raw);
      // Before the close, so that the end of the stream does not complete the request.
      this.#exchange?.abort();
      return stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
    });
  }

  get complete(): boolean {
    return this.#isTunnel || (this.#isWhole && (this.#stream.endAfterHeaders || this.#stream.readableEnded));
  }

  get rawTrailers(): RawHeaders {
    return this.#trailers;
  }

  /** The client has sent everything and has received everything written so far; more of the response is to come. */
  get isWaitingForPrimary(): boolean {
    return this.#exchange !== undefined && this.complete && this.#stream.writableLength === 0;
  }

  on(event: "data", listener: (chunk: Buffer) => void): void {
    this.#stream.on(event, listener);
  }

  /** Calls the listener in a microtask if the stream has already ended. A stream that was reset does not end. */
  once(event: "end", listener: () => void): void {
    if (this.#stream.readableEnded) queueMicrotask(() => this.#isWhole && listener());
    else this.#stream.once(event, () => this.#isWhole && listener());
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
