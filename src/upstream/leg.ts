import type { Duplex, Readable } from "node:stream";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../model/capture.ts";
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
   * @param connectMs time to open a new connection, or to wait for a stream of HTTP/2, in milliseconds; null for neither
   * @param address see `Capture.address`
   */
  start(connectMs: number | null, address: string | undefined): void;
  /**
   * The response deviates from HTTP/1.1 in a tolerated way. Called once for each kind, before or after `head`; a deviation
   * does not count as progress.
   */
  quirk(quirk: ProtocolQuirk): void;
  /** An interim response other than 100 and 101 (RFC 9110 §15.2). Any number of them can come before `head`. */
  interim(status: number, headers: RawHeaders): void;
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
  /** Closes the connections that carry no request. @returns their number */
  closeIdle(): number;
  /** Closes every connection, including those in use. */
  destroy(): Promise<void>;
}
