import type { LatencyView } from "../../model/latency.ts";
import { latencyView } from "../../report/latency-view-report.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import type { ReportCache } from "../live/report-cache.ts";
import type { Reports } from "../live/reports.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { latencyQuery, latencyViewSchema } from "../schemas/latency-schema.ts";
import { reportQuery, reportSchema } from "../schemas/report-schema.ts";
import { selected } from "../selection.ts";
import type { StoreReading } from "../live/store-reading.ts";

export interface ReportCaches {
  readonly reports: Reports;
  readonly latencies: ReportCache<LatencyView>;
}

/** The parity report, and latency over time. Answers are kept for a moment, until something is committed. */
export function reportRoutes(app: AdminApp, { runs }: AdminOptions, store: StoreReading, caches: ReportCaches): void {
  app.get(
    "/api/v1/report",
    {
      schema: {
        summary: "The parity report of one candidate",
        querystring: reportQuery,
        response: { ...storeErrors, 200: reportSchema },
      },
    },
    ({ query }) =>
      store.ask((reader) => {
        const { run: chosen, candidate } = selected(reader, runs.current, query);
        return caches.reports.of(reader, chosen, candidate);
      }),
  );

  app.get(
    "/api/v1/latency",
    {
      schema: {
        summary: "Latency of each role: distribution, and quantiles by minute",
        querystring: latencyQuery,
        response: { ...storeErrors, 200: latencyViewSchema },
      },
    },
    ({ query }) =>
      store.ask((reader) => {
        const { run: chosen, candidate } = selected(reader, runs.current, query);
        const key = [chosen.id, candidate, ...(query.endpoint === undefined ? [] : [query.endpoint])];
        return caches.latencies.get(key, () => latencyView(reader, chosen, candidate, query.endpoint));
      }),
  );
}
