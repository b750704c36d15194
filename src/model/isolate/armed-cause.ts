import type { LiveRequest, WantedRequest } from "./probe.ts";

/** A cause for which an armed isolation waits, as all threads know it. */
export interface ArmedCause extends WantedRequest {
  readonly id: string;
}

/**
 * The ids of exchanges whose requests a proxy thread keeps in memory end with it; all others end with a digit. The compare thread
 * reports to the proxy thread which armed causes such an exchange shows.
 */
export const KEPT_MARK = "k";

/** The result of a comparison for the thread that keeps the request. */
export interface SeenExchange {
  /** Of the exchange. */
  readonly id: string;
  /** The ids of the armed causes that it shows; empty if there are none. */
  readonly causes: readonly string[];
}

/** A live request that shows an armed cause. */
export interface FoundRequest {
  /** Of the armed cause. */
  readonly cause: string;
  readonly request: LiveRequest;
}
