import { previewRule } from "../../report/rules/preview-rule.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { whoOf } from "../store-edits.ts";
import type { Reports } from "../live/reports.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { previewSchema } from "../schemas/preview-schema.ts";
import { reportQuery } from "../schemas/report-schema.ts";
import { previewBody } from "../schemas/rule-schema.ts";
import { selected } from "../selection.ts";
import type { StoreReading } from "../live/store-reading.ts";
import { newRule } from "./rule-routes.ts";

/** What a rule would do. Nothing is changed by it. */
export function previewRoutes(app: AdminApp, options: AdminOptions, store: StoreReading, reports: Reports): void {
  app.post(
    "/api/v1/rules/preview",
    {
      schema: {
        summary: "What a rule would hide if it were entered now",
        querystring: reportQuery,
        body: previewBody,
        response: { ...storeErrors, 200: previewSchema },
      },
    },
    (request) =>
      store.ask((reader) => {
        const { run, candidate } = selected(reader, options.runs.current, request.query);
        return previewRule(reader, run, candidate, newRule(request.body, whoOf(request, options)), reports.context());
      }),
  );
}
