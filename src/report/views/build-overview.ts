import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { Report } from "../../model/report.ts";
import type { Overview, OverviewCause, StatusRow } from "../../model/views/overview.ts";
import { countEndpoints } from "../../presentation/verdict/endpoint-counts.ts";
import { headlineFindings, unreviewedCauses, whereText, type WideCause } from "../../presentation/verdict/headlines.ts";
import { missingEvidence } from "../../presentation/verdict/missing-evidence.ts";
import { statusRows } from "../../presentation/statuses/status-rows.ts";
import type { TimesOfCause } from "./cause-times.ts";

/** Endpoints that a cause names. */
const MAX_ENDPOINTS = 10;

/** Sentences about what is missing. */
const MAX_MISSING = 5;

/** How much of a report its overview lists. */
export interface OverviewLimits {
  readonly causes: number;
  readonly statuses: number;
}

/** What the overview of a report says about all endpoints together, with the most important causes and changes of status. */
export function buildOverview(report: Report, limits: OverviewLimits, timesOf: TimesOfCause): Overview {
  const { causes, statuses, ...all } = completeOverview(report);
  return {
    ...all,
    causes: causes.slice(0, limits.causes).map((wide) => overviewCause(wide, { timesOf })),
    statuses: statuses.slice(0, limits.statuses),
  };
}

const overviewCause = memoizeLast((wide: WideCause, { timesOf }: { readonly timesOf: TimesOfCause }): OverviewCause => {
  const { cause, endpoints, count, compared } = wide;
  return {
    cause,
    endpoints: endpoints.slice(0, MAX_ENDPOINTS).map(({ endpoint, route }) => ({ endpoint, route })),
    endpointCount: endpoints.length,
    where: whereText(wide),
    count,
    compared,
    times: timesOf(cause.fields, endpoints),
  };
});

interface CompleteOverview extends Omit<Overview, "causes"> {
  readonly causes: readonly WideCause[];
}

const completeOverview = memoizePerObject((report: Report): CompleteOverview => {
  const { endpoints, ...rest } = report;
  const causes = unreviewedCauses(report);
  const missing = missingEvidence(report);
  const statuses: readonly StatusRow[] = statusRows(report);
  return {
    ...rest,
    endpointCounts: countEndpoints(endpoints),
    headlines: headlineFindings(report),
    missing: missing.slice(0, MAX_MISSING),
    missingCount: missing.length,
    causes,
    causeCount: causes.length,
    statuses,
    statusCount: statuses.length,
  };
});
