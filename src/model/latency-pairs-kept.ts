/** Of each endpoint and candidate: those with the smallest draws. */
export const LATENCY_PAIRS_KEPT = 1_000;
