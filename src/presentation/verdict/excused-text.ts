import type { EndpointReport } from "../../model/report.ts";
import { countingResponses } from "./endpoint-findings.ts";
import { formatCount } from "../words/number-format.ts";

type Excused = Pick<EndpointReport, "compared" | "differed" | "parity" | "causes">;

/**
 * Why responses that differ do not count: `39 of the 40 that differ do not count: noise, accepted`.
 * @param endpoints one or all of a report
 * @returns null if all of them count
 */
export function excusedText(endpoints: readonly Excused[]): string | null {
  const differed = endpoints.reduce((sum, endpoint) => sum + endpoint.differed, 0);
  const counting = endpoints.reduce((sum, endpoint) => sum + countingResponses(endpoint), 0);
  const excused = differed - counting;
  if (excused <= 0) return null;
  const causes = endpoints.flatMap((endpoint) => endpoint.causes);
  const reasons = [
    ...(causes.some(({ verdict, rule }) => verdict === "noise" && rule === null) ? ["noise"] : []),
    ...(causes.some(({ state, rule }) => state === "accepted" && rule === null) ? ["accepted"] : []),
    ...(causes.some(({ state, rule }) => state === "baseline" && rule === null) ? ["known from the baseline"] : []),
    ...(causes.some(({ rule }) => rule !== null) ? ["hidden by rules"] : []),
  ];
  const why = reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;
  const verb = excused === 1 ? "does" : "do";
  return `${formatCount(excused)} of the ${formatCount(differed)} that differ ${verb} not count${why}`;
}
