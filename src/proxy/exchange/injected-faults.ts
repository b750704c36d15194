import { unreachable } from "../../lib/unreachable.ts";
import type { Fault } from "../../model/routing.ts";
import type { LegFault } from "../../upstream/faulty-client.ts";

/** The faults that were drawn for one request. */
export interface DrawnFaults {
  /** Before anything else happens to the request, so that it delays every leg. */
  readonly delayMs: number;
  /** The client's answer; nothing is sent then. */
  readonly abortStatus: number | null;
  /** Of the primary's leg alone. */
  readonly primary: LegFault | null;
  /** Of the candidates' legs alone. */
  readonly candidate: LegFault | null;
}

const NONE: DrawnFaults = { delayMs: 0, abortStatus: null, primary: null, candidate: null };

/**
 * Draws once for the delay and once for the abort, whichever legs they hit.
 * @param random uniform in [0, 1)
 */
export function drawFaults(policy: Fault | undefined, random: () => number): DrawnFaults {
  if (policy === undefined) return NONE;
  const { on, delay, abort } = policy;
  const delayMs = delay !== undefined && isHit(delay.percent, random) ? delay.ms : 0;
  const abortStatus = abort !== undefined && isHit(abort.percent, random) ? abort.status : null;
  if (delayMs === 0 && abortStatus === null) return NONE;
  switch (on) {
    case "both":
      return { delayMs, abortStatus, primary: null, candidate: null };
    // An abort in place of the primary leaves nothing to compare with.
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
