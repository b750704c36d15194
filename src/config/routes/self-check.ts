import type { SecondaryPolicy } from "../../model/routing.ts";

/** As the default of a secondary. */
const TIMEOUT_MS = 10_000;

/** The primary stands in for a secondary. A share of nothing is none. @param percent 0–100 */
export function selfCheckPolicy(percent: number): SecondaryPolicy | undefined {
  return percent === 0 ? undefined : { subset: "primary", percent, timeoutMs: TIMEOUT_MS };
}
