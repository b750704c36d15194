import type { TransportFailure } from "../../model/capture.ts";
import type { Http1Leg } from "./http1-leg.ts";
import type { IdleTimeout } from "./idle-timeout.ts";

/** The pool that owns a connection. */
export interface ConnectionOwner<Connection> {
  readonly idleTimeout: IdleTimeout;
  /** The connection can carry the next request. */
  connectionFreed(connection: Connection): void;
  connectionClosed(connection: Connection): void;
  /** The connection could not be opened. Its request, if it has one, fails as well. */
  connectionFailed(failure: TransportFailure): void;
  /** A request failed because its idle connection was closed. */
  connectionWasStale(): void;
  /** Sends the request of this leg again, on another connection. */
  retry(leg: Http1Leg): void;
}
