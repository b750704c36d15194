import type { LatencyView } from "../../model/latency.ts";
import { latencyView } from "../../report/latency-view.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import type { ShortLivedCache } from "../live/short-lived-cache.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { latencyQuery, latencyViewSchema } from "../schemas/latency-schema.ts";
import { reportQuery, reportSchema } from "../schemas/report-schema.ts";
import { selectRun } from "../run-selection.ts";
import type { StoreConnection } from "../live/store-connection.ts";

export interface ReportCaches {
  readonly reports: CachedReports;
  readonly latencies: ShortLivedCache<LatencyView>;
}

/** The parity report and the latency view. Results are cached for at most a second, or until the next commit. */
export function reportRoutes(
  app: AdminApp,
  { runs }: AdminOptions,
  store: StoreConnection,
  caches: ReportCaches,
): void {
  app.get(
    "/api/v1/report",
    {
      schema: {
        summary: "Parity report of one candidate",
        querystring: reportQuery,
        response: { ...storeErrors, 200: reportSchema },
      },
    },
    ({ query }) =>
      store.query((reader) => {
        const { run, candidate } = selectRun(reader, runs.current, query);
        return caches.reports.get(reader, run, candidate);
      }),
  );

  app.get(
    "/api/v1/latency",
    {
      schema: {
        summary: "Latency per role: distributions and quantiles per minute",
        querystring: latencyQuery,
        response: { ...storeErrors, 200: latencyViewSchema },
      },
    },
    ({ query }) =>
      store.query((reader) => {
        const { run, candidate } = selectRun(reader, runs.current, query);
        const key = [run.id, candidate, ...(query.endpoint === undefined ? [] : [query.endpoint])];
        return caches.latencies.get(key, () => latencyView(reader, run, candidate, query.endpoint));
      }),
  );
}
