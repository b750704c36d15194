import { compareRuns, runBefore } from "../../report/compare-runs.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import type { Reports } from "../live/reports.ts";
import { comparisonQuery, comparisonSchema } from "../schemas/comparison-schema.ts";
import { storeErrors } from "../schemas/error-schema.ts";
import { selected } from "../selection.ts";
import type { StoreReading } from "../live/store-reading.ts";

/** Two runs beside each other. */
export function comparisonRoutes(app: AdminApp, { runs }: AdminOptions, store: StoreReading, reports: Reports): void {
  app.get(
    "/api/v1/runs/compare",
    {
      schema: {
        summary: "What is new, fixed and still there in a run, beside an earlier one",
        querystring: comparisonQuery,
        response: { ...storeErrors, 200: comparisonSchema },
      },
    },
    ({ query }) =>
      store.ask((reader) => {
        const { run: after, candidate } = selected(reader, runs.current, { ...query, run: query.after });
        const earlier = query.before ?? runBefore(reader, after, candidate)?.id;
        if (earlier === undefined) {
          const message = `There is no run before ${after.id} with the candidate ${candidate}.`;
          throw new ApiError("unknown-run", message, "Name one: ?before=<id>. GET /api/v1/runs lists the runs.");
        }
        const { run: before } = selected(reader, runs.current, { run: earlier, candidate });
        return compareRuns(reader, [before, after], candidate, reports.context());
      }),
  );
}
