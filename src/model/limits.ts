/** Of each endpoint and candidate: those with the smallest draws. */
export const LATENCY_PAIRS_KEPT = 1_000;

/**
 * The collective name of all endpoints of a run beyond the cap. No endpoint of a request is called so: theirs begin with a
 * method and a path.
 */
export const OVERFLOW_ENDPOINT = "(other endpoints)";
