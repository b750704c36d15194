import type { LegTimeouts } from "../../upstream/leg.ts";

/** Limit for the body of an out-of-band response, which no client ends by disconnecting: an event stream has no end. */
const MAX_OUT_OF_BAND_BODY_MS = 60_000;

/** The timeouts of a primary leg for which no client waits. */
export function withTotalTimeout({ headMs, idleMs, totalMs }: LegTimeouts): LegTimeouts {
  return { headMs, idleMs, totalMs: totalMs === 0 ? headMs + MAX_OUT_OF_BAND_BODY_MS : totalMs };
}
