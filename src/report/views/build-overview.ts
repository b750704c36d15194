import { memoizePerObject } from "../../lib/memoize.ts";
import type { Report } from "../../model/report.ts";
import type { Overview, OverviewCause, StatusRow } from "../../model/views/overview.ts";
import { countEndpoints } from "../../presentation/verdict/endpoint-counts.ts";
import { headlines, unreviewedCauses, whereText } from "../../presentation/verdict/headlines.ts";
import { statusRows } from "../../presentation/statuses/status-rows.ts";

/** Endpoints that a cause names. */
const MAX_ENDPOINTS = 10;

/** How much of a report its overview lists. */
export interface OverviewLimits {
  readonly causes: number;
  readonly statuses: number;
}

/** What the overview of a report says about all endpoints together, with the most important causes and changes of status. */
export function buildOverview(report: Report, limits: OverviewLimits): Overview {
  const { causes, statuses, ...all } = completeOverview(report);
  return { ...all, causes: causes.slice(0, limits.causes), statuses: statuses.slice(0, limits.statuses) };
}

const completeOverview = memoizePerObject((report: Report): Overview => {
  const { endpoints, ...rest } = report;
  const causes = unreviewedCauses(report).map((wide): OverviewCause => ({
    cause: wide.cause,
    endpoints: wide.endpoints.slice(0, MAX_ENDPOINTS).map(({ endpoint, route }) => ({ endpoint, route })),
    where: whereText(wide),
    count: wide.count,
    compared: wide.compared,
  }));
  const statuses: readonly StatusRow[] = statusRows(report);
  return {
    ...rest,
    endpointCounts: countEndpoints(endpoints),
    headlines: headlines(report),
    causes,
    causeCount: causes.length,
    statuses,
    statusCount: statuses.length,
  };
});
