import { z } from "zod";
import type { CauseEndpoint } from "../../model/views/cause-endpoint.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { endpointsOfCause } from "../cause-lookup.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { selectRun } from "../run-selection.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { reportQuery } from "../schemas/report-schema.ts";
import { reviewParams } from "../schemas/review-schema.ts";

const causeEndpoints = z
  .object({
    endpoints: z
      .array(
        z.object({
          endpoint: z.string(),
          route: z.string(),
          count: z.number().describe("Exchanges with the cause"),
        }) satisfies z.ZodType<CauseEndpoint>,
      )
      .readonly()
      .describe("Most exchanges first; empty if the report has no such cause"),
  })
  .meta({ id: "CauseEndpoints" });

/** Where a cause shows. */
export function causeRoutes(
  app: AdminApp,
  { runs }: AdminOptions,
  store: StoreConnection,
  reports: CachedReports,
): void {
  app.get(
    "/api/v1/causes/:signature/endpoints",
    {
      schema: {
        summary: "The endpoints that show a cause",
        params: reviewParams,
        querystring: reportQuery,
        response: { ...storeErrors, 200: causeEndpoints },
      },
    },
    ({ params, query }) =>
      store.query(async (reader) => {
        const { run, candidate } = await selectRun(reader, runs.current, query);
        return { endpoints: endpointsOfCause(await reports.recent(reader, run, candidate), params.signature) };
      }),
  );
}
