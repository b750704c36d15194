/** Latency pairs kept per endpoint and candidate: those with the smallest draws. */
export const LATENCY_PAIRS_KEPT = 1_000;

/**
 * The collective name of all endpoints of a run beyond `maxEndpoints`. It cannot clash with the name of an endpoint, which
 * begins with a method and a path.
 */
export const OVERFLOW_ENDPOINT = "(other endpoints)";
