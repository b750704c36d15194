import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { sendAnswer } from "../reports/reports.ts";
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
import { selectRun } from "../run-selection.ts";
import type { StoreConnection } from "../live/store-connection.ts";

type ReportOptions = Pick<AdminOptions, "runs" | "reports">;

/** The parity report, its parts for the screens of the dashboard, and the latency view. */
export function reportRoutes(app: AdminApp, options: ReportOptions, store: StoreConnection): void {
  runReportRoutes(app, options);
  endpointRoutes(app, options);
  latencyRoutes(app, options, store);
}

function runReportRoutes(app: AdminApp, { reports }: ReportOptions): void {
  app.get(
    "/api/v1/report",
    {
      schema: {
        summary: "Parity report of one candidate",
        querystring: reportQuery,
        response: { ...storeErrors, 200: reportSchema },
      },
    },
    ({ query }, reply) => sendAnswer(reports, reply, "completeReport", query),
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
    ({ query }, reply) => sendAnswer(reports, reply, "overview", query),
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
    ({ query }, reply) => sendAnswer(reports, reply, "timeline", query),
  );
}

function endpointRoutes(app: AdminApp, { reports }: ReportOptions): void {
  app.get(
    "/api/v1/endpoints",
    {
      schema: {
        summary: "Endpoints of a report: filtered, sorted and in pages",
        querystring: endpointsQuery,
        response: { ...storeErrors, 200: endpointPageSchema },
      },
    },
    ({ query }, reply) => sendAnswer(reports, reply, "endpoints", query),
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
    ({ query }, reply) => sendAnswer(reports, reply, "endpoint", query),
  );
}

function latencyRoutes(app: AdminApp, { runs, reports }: ReportOptions, store: StoreConnection): void {
  app.get(
    "/api/v1/latency",
    {
      schema: {
        summary: "Latency per role: distributions, ratios, shift of quantiles, and quantiles over time",
        querystring: latencyQuery,
        response: { ...storeErrors, 200: latencyViewSchema },
      },
    },
    ({ query }, reply) => sendAnswer(reports, reply, "latency", query),
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
