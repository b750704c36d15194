import type { LegTimeouts } from "../../upstream/leg.ts";

/** Limit for the body of an out-of-band response, which no client ends by disconnecting: an event stream has no end. */
const MAX_OUT_OF_BAND_BODY_MS = 60_000;

const PRIMARY_FIRST_SHARE = 0.5;

/**
 * Draws whether the primary receives its request before the copies are sent. Only a client that waits for it gives it precedence;
 * otherwise no version has the advantage of always being first. @param random uniform in [0, 1)
 */
export function drawPrimaryFirst(isOutOfBand: boolean, random: () => number): boolean {
  return !isOutOfBand || random() >= PRIMARY_FIRST_SHARE;
}

/** The timeouts of a primary leg for which no client waits. */
export function withTotalTimeout({ headMs, idleMs, totalMs }: LegTimeouts): LegTimeouts {
  return { headMs, idleMs, totalMs: totalMs === 0 ? headMs + MAX_OUT_OF_BAND_BODY_MS : totalMs };
}
