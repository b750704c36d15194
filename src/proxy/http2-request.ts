import type { ServerHttp2Stream } from "node:http2";
import type { ClientRequest, ExchangeOwner, OpenExchange } from "./client-exchange.ts";

/** The body of a request on one stream of HTTP/2, and who hears when the stream ends before its time. */
export class Http2Request implements ClientRequest, ExchangeOwner {
  readonly #stream: ServerHttp2Stream;
  #exchange: OpenExchange | undefined;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.once("close", () => this.#exchange?.abort());
  }

  get complete(): boolean {
    return this.#stream.endAfterHeaders || this.#stream.readableEnded;
  }

  /** The client has sent everything and has taken everything; an answer is still to come. */
  get isWaitingForPrimary(): boolean {
    return this.#exchange !== undefined && this.complete && this.#stream.writableLength === 0;
  }

  on(event: "data", listener: (chunk: Buffer) => void): void {
    this.#stream.on(event, listener);
  }

  once(event: "end", listener: () => void): void {
    this.#stream.once(event, listener);
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
