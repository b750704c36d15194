import type { Duplex } from "node:stream";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { RequestHead } from "./request-head.ts";

/** Serves one request whose head was accepted. */
export type RequestHandler = (
  head: RequestHead,
  request: ClientRequest,
  response: ClientResponse,
  owner: ExchangeOwner,
) => void;

/** The body of a client's request, in any version of HTTP. */
export interface ClientRequest {
  /** Trailers can follow the body. */
  readonly canHaveTrailers: boolean;
  /** The complete request has arrived. */
  readonly complete: boolean;
  /** Alternating names and values as they were sent. Known when the request is complete. */
  readonly rawTrailers: RawHeaders;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  once(event: "end", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /**
   * Takes the complete body if it is short, its length was announced, and it has arrived with the head. The request is then
   * complete, and there are no events. Only while the head is served; null, or no such method, if the body has to be read.
   */
  takeWhole?(): Buffer | null;
}

/** The response to a client, in any version of HTTP. The last call is one of `end`, `switchTo` and `cut`. */
export interface ClientResponse {
  /** The head can no longer be replaced. */
  readonly headersSent: boolean;
  /**
   * Sends an interim response, such as 103, before the head. Ignored where the version of HTTP has none, after the head, and
   * when it cannot be written.
   * @param fields without hop-by-hop fields
   */
  writeInterim(status: number, fields: readonly string[]): void;
  /**
   * Accepts the head. It is sent with the first chunk of the body, with the end, or by `flushHead`.
   * @param fields without hop-by-hop fields
   * @returns false, with nothing written, when the head cannot be sent in this version of HTTP
   */
  writeHead(status: number, reason: string, fields: readonly string[]): boolean;
  /** Sends a head whose body has not arrived yet. */
  flushHead(): void;
  /**
   * @param chunk it is copied: its memory stays the caller's
   * @returns false when the client does not accept more for now; `onceDrained` reports when it does
   */
  write(chunk: Buffer): boolean;
  onceDrained(callback: () => void): void;
  /** Ends the response. A version of HTTP that cannot carry trailers omits them. */
  end(trailers: RawHeaders): void;
  /**
   * Sends a 101 response and connects both sides until both have ended. Only for a request whose head has `upgrade`.
   * @param fields of the 101 as received
   * @returns false, with nothing written and the upstream destroyed, when the 101 cannot be sent
   */
  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean;
  /** Ends an incomplete response so that the client notices it: without a final chunk or any other regular end. */
  cut(): void;
}

/** A request whose response has not ended yet. */
export interface OpenExchange {
  readonly response: ClientResponse;
  /** The complete request has arrived, or the exchange waits for something other than its client. */
  readonly requestComplete: boolean;
  /** The client has disconnected, or its request has turned out to be malformed. */
  abort(): void;
  /** There is no memory left for the body that its client sends without waiting. Only a tap calls this. */
  outOfMemory?(): void;
}

/** Notifies open exchanges when their client disconnects. */
export interface ExchangeOwner {
  add(exchange: OpenExchange): void;
  remove(exchange: OpenExchange): void;
  /** The exchange and all its copies have ended. Only a replay waits for that. */
  settled?(result: ExchangeResult): void;
}

export interface ExchangeResult {
  /** Whether the request was sent to the primary. */
  readonly isForwarded: boolean;
  /** Why the primary has not responded completely, or null. */
  readonly failure: TransportFailure | null;
}
