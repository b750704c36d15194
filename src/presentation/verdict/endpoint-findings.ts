import type { CauseReport, EndpointReport } from "../../model/report.ts";

/** The causes that count, or would count if they were not accepted. What the baseline had is only counted. */
export function countingCauses({ causes }: Pick<EndpointReport, "causes">): readonly CauseReport[] {
  return causes.filter(({ verdict, rule, state }) => verdict !== "noise" && rule === null && state !== "baseline");
}

/** Whether an endpoint decides: it fails, keeps the run from passing, or has causes that count. */
export function hasFindings(endpoint: Pick<EndpointReport, "verdict" | "isBlocking" | "causes">): boolean {
  return (
    endpoint.verdict === "fail" ||
    (endpoint.verdict === "inconclusive" && endpoint.isBlocking) ||
    countingCauses(endpoint).length > 0
  );
}

/** How many compared exchanges of an endpoint count against parity. */
export function countingResponses({ compared, parity }: Pick<EndpointReport, "compared" | "parity">): number {
  return Math.round(compared * (1 - parity.rate));
}
