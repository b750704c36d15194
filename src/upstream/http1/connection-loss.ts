import type { TransportFailure } from "../../model/capture.ts";
import type { Http1Leg } from "./http1-leg.ts";

/** The upstream has closed the connection in an orderly way. */
export const CLOSED: TransportFailure = { kind: "reset", detail: "the upstream closed the connection" };

/**
 * What the loss of a connection means for its request.
 * - `unsent`: it waited to be sent. `unwritten`: the upstream had closed the idle connection before it took a byte.
 * - `stale`: the upstream closed the idle connection just as the request was written to it.
 * - `early`: the upstream responded before it had read the request, and its reset cut the response.
 * - `failed`: everything else, for which the upstream is to blame.
 */
type Loss = "unsent" | "unwritten" | "stale" | "early" | "failed";

/** A connection when it is lost. */
interface LostConnection {
  /** Its request waits for the end of the quarantine. */
  readonly isQuarantined: boolean;
  /** It was open before its request. */
  readonly isReused: boolean;
  /** Bytes of a response to the request have arrived. */
  readonly hasResponse: boolean;
  /** The upstream has taken no byte of the request. */
  readonly isUnwritten: boolean;
  /** A write has found the connection reset. */
  readonly wasReset: boolean;
}

/** @param failure why the connection was lost @param leg its request */
export function lossOf(failure: TransportFailure, leg: Http1Leg, connection: LostConnection): Loss {
  const { isQuarantined, isReused, hasResponse, isUnwritten, wasReset } = connection;
  if (isQuarantined) return "unsent";
  if (failure.kind !== "reset") return "failed";
  if (isReused && !hasResponse) return isUnwritten ? "unwritten" : "stale";
  const isCut = wasReset || (!leg.isSent && failure !== CLOSED);
  return leg.hasHead && isCut ? "early" : "failed";
}
