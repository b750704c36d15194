import type { Report } from "../../model/report.ts";
import { ALL_ENDPOINTS, type Review } from "../../model/review.ts";
import { appearanceKey } from "../../report/causes/field-appearance.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { actorOf, type AuditedEdits, describeReview } from "../audited-edits.ts";
import type { CachedReports } from "../live/cached-reports.ts";
import { changeErrors, storeErrors } from "../schemas/error-schema.ts";
import {
  auditQuery,
  auditSchema,
  decidedSchema,
  reviewBody,
  reviewParams,
  reviewsSchema,
} from "../schemas/review-schema.ts";
import { reportQuery } from "../schemas/report-schema.ts";
import { selectRun, type RunSelection } from "../run-selection.ts";
import type { StoreConnection } from "../live/store-connection.ts";

/** What a review of a cause is about: a cause of several endpoints is reviewed for all endpoints, with the fields of each. */
function causeOf(report: Report, signature: string): Pick<Review, "endpoint" | "title" | "fields"> | undefined {
  const own = report.endpoints.flatMap(({ endpoint, causes }) =>
    causes.filter((cause) => cause.signature === signature).map((cause) => ({ ...cause, endpoint })),
  );
  const [first] = own;
  if (first === undefined) return undefined;
  const fields = new Map(own.flatMap((cause) => cause.fields).map((field) => [appearanceKey(field), field]));
  return {
    endpoint: first.endpoints > 1 ? ALL_ENDPOINTS : first.endpoint,
    title: first.title,
    fields: [...fields.values()],
  };
}

/** Reviews of causes, and the audit of all changes to rules and reviews. */
export function reviewRoutes(
  app: AdminApp,
  options: AdminOptions,
  store: StoreConnection,
  edits: AuditedEdits,
  reports: CachedReports,
): void {
  const stored = (): readonly Review[] => store.query((reader) => reader.reviews());

  /** Finds the cause of a signature in the report, or in an earlier review, which can be of another run. */
  const findCause = (signature: string, selection: RunSelection): Pick<Review, "endpoint" | "title" | "fields"> => {
    const found = store.query((reader) => {
      const { run, candidate } = selectRun(reader, options.runs.current, selection);
      return causeOf(reports.get(reader, run, candidate), signature);
    });
    const known = found ?? stored().find((review) => review.signature === signature);
    if (known !== undefined) return { endpoint: known.endpoint, title: known.title, fields: known.fields };
    const remedy = "GET /api/v1/report lists the causes with their signatures. Use ?run= for another run.";
    throw new ApiError("unknown-cause", "The report has no cause with this signature.", remedy);
  };

  app.get(
    "/api/v1/reviews",
    { schema: { summary: "All reviews", response: { ...storeErrors, 200: reviewsSchema } } },
    () => ({ reviews: stored() }),
  );

  app.put(
    "/api/v1/reviews/:signature",
    {
      schema: {
        summary: "Accept or deny a cause in this and later runs; replaces an earlier review",
        params: reviewParams,
        querystring: reportQuery,
        body: reviewBody,
        response: { ...changeErrors, 200: decidedSchema },
      },
    },
    async (request) => {
      const { signature } = request.params;
      const [by, at] = [actorOf(request, options), Date.now()];
      const review: Review = { signature, ...findCause(signature, request.query), ...request.body, by, at };
      await edits.write({ type: "review", review, audit: { at, by, what: describeReview(review) } });
      return { review };
    },
  );

  app.delete(
    "/api/v1/reviews/:signature",
    {
      schema: {
        summary: "Remove a review: the cause is unreviewed again",
        params: reviewParams,
        response: { ...changeErrors, 200: reviewsSchema },
      },
    },
    async (request) => {
      const { signature } = request.params;
      const review = stored().find((known) => known.signature === signature);
      if (review === undefined) {
        const remedy = "GET /api/v1/reviews lists the reviews.";
        throw new ApiError("unknown-cause", "This cause has no review.", remedy);
      }
      const audit = {
        at: Date.now(),
        by: actorOf(request, options),
        what: `removed the review: ${describeReview(review)}`,
      };
      await edits.write({ type: "remove-review", signature, audit });
      return { reviews: stored() };
    },
  );

  app.get(
    "/api/v1/audit",
    {
      schema: {
        summary: "Audit: all changes to rules and reviews, newest first",
        querystring: auditQuery,
        response: { ...storeErrors, 200: auditSchema },
      },
    },
    ({ query }) => ({ lines: store.query((reader) => reader.audit(query.limit)) }),
  );
}
