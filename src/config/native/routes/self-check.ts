import type { SecondaryPolicy } from "../../../model/routing.ts";

/** As the defaults of a secondary. */
const LIMITS = { timeoutMs: 10_000, maxInFlight: 256, maxBufferedBytes: 16 * 1024 * 1024 };

/** The primary stands in for a secondary. A share of nothing is none. @param percent 0–100 */
export function selfCheckPolicy(percent: number): SecondaryPolicy | undefined {
  return percent === 0 ? undefined : { subset: "primary", percent, ...LIMITS };
}
