import type { LatencyView } from "../../model/latency.ts";
import type { Report } from "../../model/report.ts";
import { BaselineError } from "../../report/baseline/report-against.ts";
import { latencyView } from "../../report/latency-view.ts";
import { timelineOfReport } from "../../report/views/build-timeline.ts";
import { timesOfReport } from "../../report/views/cause-times.ts";
import { findEndpoint, pageEndpoints, viewEndpoint } from "../../report/views/page-endpoints.ts";
import { buildOverview } from "../../report/views/build-overview.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import type { ShortLivedCache } from "../live/short-lived-cache.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import {
  endpointPageSchema,
  endpointQuery,
  endpointsQuery,
  endpointViewSchema,
} from "../schemas/endpoints/endpoint-page-schema.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import {
  latencyQuery,
  latencyViewSchema,
  timedExchangesQuery,
  timedExchangesSchema,
} from "../schemas/latency-schema.ts";
import { overviewQuery, overviewSchema } from "../schemas/overview-schema.ts";
import { reportQuery, reportSchema } from "../schemas/report-schema.ts";
import { timelineQuery, timelineSchema } from "../schemas/timeline-schema.ts";
import { selectBaseline, selectRun, type RunSelection } from "../run-selection.ts";
import type { StoreConnection } from "../live/store-connection.ts";

export interface ReportCaches {
  readonly reports: CachedReports;
  readonly latencies: ShortLivedCache<LatencyView>;
}

/** What the routes of a report share. */
interface ReportRoutes {
  readonly app: AdminApp;
  readonly store: StoreConnection;
  readonly caches: ReportCaches;
  readonly runs: AdminOptions["runs"];
  readonly reportFor: (selection: RunSelection, freshness: "complete" | "recent") => Promise<Report>;
}

/** The parity report, its parts for the screens of the dashboard, and the latency view. */
export function reportRoutes(
  app: AdminApp,
  { runs }: AdminOptions,
  store: StoreConnection,
  caches: ReportCaches,
): void {
  const reportFor: ReportRoutes["reportFor"] = (selection, freshness) =>
    store.query(async (reader) => {
      const { run, candidate } = await selectRun(reader, runs.current, selection);
      return caches.reports[freshness](reader, run, candidate);
    });
  const routes: ReportRoutes = { app, store, caches, runs, reportFor };
  runReportRoutes(routes);
  endpointRoutes(routes);
  latencyRoutes(routes);
}

function runReportRoutes({ app, store, caches, runs, reportFor }: ReportRoutes): void {
  const reportAgainst = (wanted: string, selection: RunSelection): Promise<Report> =>
    store.query(async (reader) => {
      const source = await selectRun(reader, runs.current, selection);
      const baseline = await selectBaseline(reader, source.run, wanted);
      try {
        return await caches.reports.against(reader, { ...source, baseline });
      } catch (error) {
        if (!(error instanceof BaselineError)) throw error;
        throw new ApiError("unusable-baseline", error.message, "GET /api/v1/runs lists the runs.", { cause: error });
      }
    });
  app.get(
    "/api/v1/report",
    {
      schema: {
        summary: "Parity report of one candidate",
        querystring: reportQuery,
        response: { ...storeErrors, 200: reportSchema },
      },
    },
    ({ query }) => (query.baseline === undefined ? reportFor(query, "complete") : reportAgainst(query.baseline, query)),
  );

  app.get(
    "/api/v1/overview",
    {
      schema: {
        summary: "Parity report of one candidate without its endpoints, with the most important findings",
        querystring: overviewQuery,
        response: { ...storeErrors, 200: overviewSchema },
      },
    },
    ({ query }) =>
      store.query(async (reader) => {
        const source = { reader, ...(await selectRun(reader, runs.current, query)) };
        const report = await caches.reports.recent(reader, source.run, source.candidate);
        return buildOverview(report, query, await timesOfReport(report, source));
      }),
  );

  app.get(
    "/api/v1/timeline",
    {
      schema: {
        summary: "Compared, differing and counting exchanges over the time of a run",
        querystring: timelineQuery,
        response: { ...storeErrors, 200: timelineSchema },
      },
    },
    ({ query }) =>
      store.query(async (reader) => {
        const source = { reader, ...(await selectRun(reader, runs.current, query)) };
        const report = await caches.reports.recent(reader, source.run, source.candidate);
        return timelineOfReport(report, source, query);
      }),
  );
}

function endpointRoutes({ app, store, caches, runs, reportFor }: ReportRoutes): void {
  app.get(
    "/api/v1/endpoints",
    {
      schema: {
        summary: "Endpoints of a report: filtered, sorted and in pages",
        querystring: endpointsQuery,
        response: { ...storeErrors, 200: endpointPageSchema },
      },
    },
    async ({ query }) => pageEndpoints(await reportFor(query, "recent"), query),
  );

  app.get(
    "/api/v1/endpoint",
    {
      schema: {
        summary: "One endpoint of a report, with its causes and differences",
        querystring: endpointQuery,
        response: { ...storeErrors, 200: endpointViewSchema },
      },
    },
    ({ query }) =>
      store.query(async (reader) => {
        const source = { reader, ...(await selectRun(reader, runs.current, query)) };
        const report = await caches.reports.recent(reader, source.run, source.candidate);
        const endpoint = findEndpoint(report, query.name, query.route);
        if (endpoint !== undefined) return viewEndpoint(endpoint, await timesOfReport(report, source));
        const message = `The run has no comparisons on the endpoint ${query.name}.`;
        throw new ApiError("unknown-endpoint", message, "GET /api/v1/endpoints lists the endpoints.");
      }),
  );
}

function latencyRoutes({ app, store, caches, runs }: ReportRoutes): void {
  app.get(
    "/api/v1/latency",
    {
      schema: {
        summary: "Latency per role: distributions, ratios, shift of quantiles, and quantiles over time",
        querystring: latencyQuery,
        response: { ...storeErrors, 200: latencyViewSchema },
      },
    },
    ({ query }) =>
      store.query(async (reader) => {
        const { run, candidate } = await selectRun(reader, runs.current, query);
        const key = [run.id, candidate, ...(query.endpoint === undefined ? [] : [query.endpoint])];
        return caches.latencies.get(key, () => latencyView(reader, run, candidate, query.endpoint));
      }),
  );

  app.get(
    "/api/v1/latency/exchanges",
    {
      schema: {
        summary: "Kept exchanges within ranges of latency and arrival, slowest first",
        querystring: timedExchangesQuery,
        response: { ...storeErrors, 200: timedExchangesSchema },
      },
    },
    ({ query }) =>
      store.query(async (reader) => {
        const { run, candidate } = await selectRun(reader, runs.current, query);
        return { exchanges: await reader.timedExchanges(run.id, candidate, query) };
      }),
  );
}
