import { z } from "zod";
import type { CauseEndpoint } from "../../model/views/cause-endpoint.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { sendAnswer } from "../reports/reports.ts";
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
export function causeRoutes(app: AdminApp, { reports }: Pick<AdminOptions, "reports">): void {
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
    ({ params: { signature }, query: selection }, reply) =>
      sendAnswer(reports, reply, "endpointsWithCause", { selection, signature }),
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
    ({ params: { signature }, query: { endpoint, ...selection } }, reply) =>
      sendAnswer(reports, reply, "explanation", { selection, signature, endpoint }),
  );
}
