import { unreachable } from "../../lib/unreachable.ts";
import type { Fault } from "../../model/routing.ts";
import type { LegFault } from "../../model/mirror-stage.ts";

/** The faults drawn for one request. */
export interface DrawnFaults {
  /** Delay of all legs, in milliseconds. */
  readonly delayMs: number;
  /** Status code of the response when the request is not sent to any upstream; null otherwise. */
  readonly abortStatus: number | null;
  /** Fault of the primary leg only. */
  readonly primary: LegFault | null;
  /** Fault of the candidate legs only. */
  readonly candidate: LegFault | null;
}

const NO_FAULTS: DrawnFaults = { delayMs: 0, abortStatus: null, primary: null, candidate: null };

/**
 * Draws the faults of a request: one draw for the delay and one for the abort, independent of the legs.
 * @param random uniform in [0, 1)
 */
export function drawFaults(policy: Fault | undefined, random: () => number): DrawnFaults {
  if (policy === undefined) return NO_FAULTS;
  const { on, delay, abort } = policy;
  const delayMs = delay !== undefined && isHit(delay.percent, random) ? delay.ms : 0;
  const abortStatus = abort !== undefined && isHit(abort.percent, random) ? abort.status : null;
  if (delayMs === 0 && abortStatus === null) return NO_FAULTS;
  switch (on) {
    case "both":
      return { delayMs, abortStatus, primary: null, candidate: null };
    // Without a response of the primary there is nothing to compare, so the abort ends the request.
    case "primary":
      if (abortStatus !== null) return { delayMs, abortStatus, primary: null, candidate: null };
      return { delayMs: 0, abortStatus: null, primary: { delayMs, abortStatus }, candidate: null };
    case "candidate":
      return { delayMs: 0, abortStatus: null, primary: null, candidate: { delayMs, abortStatus } };
  }
  return unreachable(on);
}

function isHit(percent: number, random: () => number): boolean {
  return random() < percent / 100;
}
