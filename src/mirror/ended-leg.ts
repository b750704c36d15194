import type { EndedLeg } from "../telemetry/proxy-metrics.ts";
import type { MirrorLeg } from "./mirror-leg.ts";

const MS_PER_SECOND = 1000;

/** What metrics count of a copy whose response is complete or has failed. */
export function endedLeg(route: string, { target, recorder }: Pick<MirrorLeg, "target" | "recorder">): EndedLeg {
  const { role, subset } = target;
  const { status, timing, sent, failure, body } = recorder;
  const seconds = timing.totalMs / MS_PER_SECOND;
  return { route, role, subset, code: status, seconds, sent, failure, responseBytes: body.length };
}
