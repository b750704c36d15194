import type { Report } from "../../model/report.ts";
import { formatPlural } from "../words/number-format.ts";

/**
 * What a report is compared with: `against the baseline main 41 (2026-11-29T11-06-45-245-2c6a): 12 causes
 * (366 responses, 160 errors) and the latency of 1 endpoint are known and not judged`.
 * @returns null without a baseline
 */
export function baselineText({ baseline }: Pick<Report, "baseline">): string | null {
  if (baseline === undefined) return null;
  const { id, name, causes, slowEndpoints, differed, errors } = baseline;
  const failed = errors === 0 ? "" : `, ${formatPlural(errors, "error")}`;
  const known = [
    ...(causes === 0 ? [] : [`${formatPlural(causes, "cause")} (${formatPlural(differed, "response")}${failed})`]),
    ...(slowEndpoints === 0 ? [] : [`the latency of ${formatPlural(slowEndpoints, "endpoint")}`]),
  ];
  const verb = causes + slowEndpoints === 1 ? "is" : "are";
  const what =
    known.length === 0 ? "nothing of this run was known" : `${known.join(" and ")} ${verb} known and not judged`;
  return `against the baseline ${name === id ? id : `${name} (${id})`}: ${what}`;
}
