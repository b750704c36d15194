import type { Review } from "../../model/review.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { type Edits, whoOf } from "../store-edits.ts";
import type { Reports } from "../live/reports.ts";
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
import { selected, type Selection } from "../selection.ts";
import type { StoreReading } from "../live/store-reading.ts";
import { reviewText } from "../audit-wording.ts";

/** Decisions about causes, and the audit of everything that was decided and entered. */
export function reviewRoutes(
  app: AdminApp,
  options: AdminOptions,
  store: StoreReading,
  edits: Edits,
  reports: Reports,
): void {
  const stored = (): readonly Review[] => store.ask((reader) => reader.reviews());

  /** What a signature stands for: a cause of the report, or an earlier decision, which may be about another run. */
  const subject = (signature: string, selection: Selection): Pick<Review, "endpoint" | "title" | "fields"> => {
    const found = store.ask((reader) => {
      const { run, candidate } = selected(reader, options.runs.current, selection);
      return reports
        .of(reader, run, candidate)
        .endpoints.flatMap(({ endpoint, causes }) => causes.map((cause) => ({ ...cause, endpoint })))
        .find((cause) => cause.signature === signature);
    });
    const known = found ?? stored().find((review) => review.signature === signature);
    if (known !== undefined) return { endpoint: known.endpoint, title: known.title, fields: known.fields };
    const remedy = "GET /api/v1/report lists the causes with their signatures; name the run with ?run=.";
    throw new ApiError("unknown-cause", "There is no cause with this signature.", remedy);
  };

  app.get(
    "/api/v1/reviews",
    { schema: { summary: "The decisions in force", response: { ...storeErrors, 200: reviewsSchema } } },
    () => ({ reviews: stored() }),
  );

  app.put(
    "/api/v1/reviews/:signature",
    {
      schema: {
        summary: "Accept or deny a cause, in this and later runs; replaces an earlier decision",
        params: reviewParams,
        querystring: reportQuery,
        body: reviewBody,
        response: { ...changeErrors, 200: decidedSchema },
      },
    },
    async (request) => {
      const { signature } = request.params;
      const [by, at] = [whoOf(request, options), Date.now()];
      const review: Review = { signature, ...subject(signature, request.query), ...request.body, by, at };
      await edits.write({ type: "review", review, audit: { at, by, what: reviewText(review) } });
      return { review };
    },
  );

  app.delete(
    "/api/v1/reviews/:signature",
    {
      schema: {
        summary: "Take a decision back: the cause is undecided again",
        params: reviewParams,
        response: { ...changeErrors, 200: reviewsSchema },
      },
    },
    async (request) => {
      const { signature } = request.params;
      const review = stored().find((known) => known.signature === signature);
      if (review === undefined) {
        const remedy = "GET /api/v1/reviews lists the decisions.";
        throw new ApiError("unknown-cause", "Nobody has decided about this cause.", remedy);
      }
      const audit = { at: Date.now(), by: whoOf(request, options), what: `took back: ${reviewText(review)}` };
      await edits.write({ type: "remove-review", signature, audit });
      return { reviews: stored() };
    },
  );

  app.get(
    "/api/v1/audit",
    {
      schema: {
        summary: "Who entered, removed and decided what",
        querystring: auditQuery,
        response: { ...storeErrors, 200: auditSchema },
      },
    },
    ({ query }) => ({ lines: store.ask((reader) => reader.audit(query.limit)) }),
  );
}
