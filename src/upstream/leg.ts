import type { Duplex, Readable } from "node:stream";
import type { RawHeaders, TransportFailure } from "../model/capture.ts";
import type { UpstreamRequest } from "../model/mirror-stage.ts";

/**
 * A leg is one request to one upstream together with its response. An exchange has a leg to the primary and, when it is
 * mirrored, one to each candidate and to the secondary.
 */
export interface Leg {
  /** Stops reading the response, so that the upstream is slowed down. */
  pause(): void;
  resume(): void;
  /** Fails the leg if it has not ended in this time. @param ms from now */
  setDeadline(ms: number): void;
  /** Ends the leg without calling its handler. */
  abort(): void;
}

/** The request of a leg; hop-by-hop fields are already removed. */
export interface LegRequest extends UpstreamRequest {
  readonly body: Buffer | Readable | null;
}

/** Timeouts of a leg, in milliseconds. `Infinity` disables one, and so does a `totalMs` of 0. */
export interface LegTimeouts {
  /** For the response head, after the request was sent. */
  readonly headMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
  /** For the complete leg. */
  readonly totalMs: number;
}

/** Receives the response of a leg. The last call is `end`, `switched` or `fail`; none of them may throw. */
export interface ResponseHandler {
  /**
   * The request is about to be written. Called again when an open connection turns out to be closed.
   * @param connectMs time to open a new connection, in milliseconds; null on an open one
   */
  start(connectMs: number | null): void;
  head(status: number, reason: string, headers: RawHeaders): void;
  /** The chunk is valid during this call only: the next read can overwrite it. */
  data(chunk: Buffer): void;
  end(trailers: RawHeaders): void;
  /** The upstream sent 101: the socket speaks another protocol now and belongs to the handler. */
  switched?(reason: string, headers: RawHeaders, socket: Duplex): void;
  fail(failure: TransportFailure): void;
}

/** The connections to one upstream. */
export interface UpstreamClient {
  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg;
  /** Opens a connection for the first request. Best effort: failures are ignored. */
  warmUp(): void;
  /** Closes every connection, including those in use. */
  destroy(): Promise<void>;
}
