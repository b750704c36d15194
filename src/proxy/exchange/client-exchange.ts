import type { Duplex } from "node:stream";
import type { RawHeaders } from "../../model/capture.ts";

/** What is left of a client's request when its head is accepted, whichever version of HTTP brought it: its body. */
export interface ClientRequest {
  /** It has arrived as a whole. */
  readonly complete: boolean;
  /** Names and values in turn, as they were sent; known when it is complete. */
  readonly rawTrailers: RawHeaders;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  once(event: "end", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The way back to a client, whichever version of HTTP it speaks. One of `end`, `switchTo` and `cut` comes last. */
export interface ClientResponse {
  /** Another head can no longer be written. */
  readonly headersSent: boolean;
  /**
   * Takes the head, which goes out with the first piece of the body, with the end, or with `flushHead`.
   * @param fields without those of another hop
   * @returns false, with nothing written, for a head that cannot be passed on
   */
  writeHead(status: number, reason: string, fields: readonly string[]): boolean;
  /** Lets the client have a head whose body is not there yet. */
  flushHead(): void;
  /**
   * @param piece its memory is the caller's again afterwards
   * @returns false when the client takes no more for now: `onceDrained` tells when it does
   */
  write(piece: Buffer): boolean;
  onceDrained(callback: () => void): void;
  /** Ends the response; trailers are left out where the client's version has no place for them. */
  end(trailers: RawHeaders): void;
  /**
   * Passes a 101 on and joins both sides until both have ended. Only for a request whose head has `upgrade`.
   * @param fields of the 101 as received
   * @returns false, with nothing written and the upstream let go, for a 101 that cannot be passed on
   */
  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean;
  /** Ends a response that is not complete so that the client sees it: no final chunk, no end that looks right. */
  cut(): void;
}

/** A request that is being answered. */
export interface OpenExchange {
  readonly response: ClientResponse;
  /** The client's request has arrived as a whole. */
  readonly requestComplete: boolean;
  /** The client is gone, or its request has turned out to be malformed. */
  abort(): void;
  /** There is no room for what its client sends; for a request that was sent, and whose client does not wait. */
  outOfRoom?(): void;
}

/** Where open exchanges are known, so that they hear when their client goes away. */
export interface ExchangeOwner {
  add(exchange: OpenExchange): void;
  remove(exchange: OpenExchange): void;
}
