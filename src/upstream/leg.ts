import type { Duplex, Readable } from "node:stream";
import type { RawHeaders, TransportFailure } from "../model/capture.ts";
import type { UpstreamRequest } from "../model/mirror-stage.ts";

/** A request to an upstream, with its body. */
export interface LegRequest extends UpstreamRequest {
  readonly body: Buffer | Readable | null;
}

/** Limits of one leg, in milliseconds. `Infinity` means none, and so does a `totalMs` of 0. */
export interface LegTimeouts {
  readonly headMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Receives one response. Exactly one of `end`, `switched` and `fail` comes last; neither may throw. */
export interface ResponseHandler {
  /**
   * The request is about to be written; milliseconds spent on a new connection, or null on an open one. It comes again when
   * the open one turns out to be closed.
   */
  start(connectMs: number | null): void;
  head(status: number, reason: string, headers: RawHeaders): void;
  /** The bytes are the receiver's during this call only: the next read may overwrite them. */
  data(chunk: Buffer): void;
  end(trailers: RawHeaders): void;
  /** 101: from now on the socket speaks another protocol, and belongs to the handler. */
  switched?(reason: string, headers: RawHeaders, socket: Duplex): void;
  fail(failure: TransportFailure): void;
}

/** A request under way. */
export interface Leg {
  pause(): void;
  resume(): void;
  /** From now on the leg has this long, in milliseconds, to end. */
  setDeadline(ms: number): void;
  /** Ends the leg without a word to the handler. */
  abort(): void;
}

/** Connections to one upstream. */
export interface UpstreamClient {
  send(request: LegRequest, limits: LegTimeouts, handler: ResponseHandler): Leg;
  /** Opens a connection that the first request finds ready. Best effort: nothing waits for it, and nobody hears of failures. */
  warmUp(): void;
  /** Closes every connection, those in use too. */
  destroy(): Promise<void>;
}
