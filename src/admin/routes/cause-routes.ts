import { z } from "zod";
import type { Report } from "../../model/report.ts";
import type { CauseExplanation } from "../../model/views/cause-explanation.ts";
import type { CauseEndpoint } from "../../model/views/cause-endpoint.ts";
import { explainSignature } from "../../report/explanations/explain-signature.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { endpointsOfCause, fullSignature, unknownCause } from "../cause-lookup.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import type { StoreConnection } from "../live/store-connection.ts";
import { selectRun } from "../run-selection.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { causeExplanationSchema, explanationQuery } from "../schemas/explain/explanation-schema.ts";
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

/** Where a cause shows, and why. */
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

  app.get(
    "/api/v1/causes/:signature/explanation",
    {
      schema: {
        summary: "Why a cause shows: what its exchanges have in common, and since when",
        params: reviewParams,
        querystring: explanationQuery,
        response: { ...storeErrors, 200: causeExplanationSchema },
      },
    },
    ({ params, query }) =>
      store.query(async (reader) => {
        const source = { reader, ...(await selectRun(reader, runs.current, query)) };
        const report = await reports.recent(reader, source.run, source.candidate);
        const signature = fullSignature(report, params.signature);
        if (endpointsOfCause(report, signature).length === 0) throw unknownCause(signature);
        return oncePerReport(report, JSON.stringify([signature, query.endpoint]), () =>
          explainSignature(source, report, signature, query.endpoint),
        );
      }),
  );
}

const explanations = new WeakMap<Report, Map<string, Promise<CauseExplanation>>>();

/** All open dashboards together cost one explanation. */
function oncePerReport(
  report: Report,
  name: string,
  explain: () => Promise<CauseExplanation>,
): Promise<CauseExplanation> {
  const known = explanations.get(report) ?? new Map<string, Promise<CauseExplanation>>();
  explanations.set(report, known);
  const explained = known.get(name) ?? explain();
  known.set(name, explained);
  explained.catch(() => known.delete(name));
  return explained;
}
