import type { Review } from "../../model/review.ts";
import { coveredEndpoints, type ReviewedCause } from "../../report/causes/reviewed-cause.ts";
import { ApiError } from "../api-error.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { actorOf, type AuditedEdits, describeReview, describeReviews } from "../audited-edits.ts";
import { changeErrors, storeErrors } from "../schemas/error-schema.ts";
import {
  auditQuery,
  auditSchema,
  decidedSchema,
  decidedTogetherSchema,
  reviewBody,
  reviewParams,
  reviewPreviewBody,
  reviewPreviewSchema,
  reviewsBody,
  reviewsSchema,
  undoBody,
} from "../schemas/review-schema.ts";
import { reportQuery } from "../schemas/report-schema.ts";
import type { StoreConnection } from "../live/store-connection.ts";

/** What the routes of reviews share. */
interface ReviewRoutes {
  readonly app: AdminApp;
  readonly options: AdminOptions;
  readonly store: StoreConnection;
  readonly edits: AuditedEdits;
  readonly stored: () => Promise<readonly Review[]>;
}

/** Reviews of causes, and the audit of all changes to rules and reviews. */
export function reviewRoutes(app: AdminApp, options: AdminOptions, store: StoreConnection, edits: AuditedEdits): void {
  const routes: ReviewRoutes = {
    app,
    options,
    store,
    edits,
    stored: () => store.query((reader) => reader.reviews()),
  };
  listRoutes(routes);
  singleReviewRoutes(routes);
  batchReviewRoute(routes);
  undoRoute(routes);
  previewRoute(routes);
}

function listRoutes({ app, store, stored }: ReviewRoutes): void {
  app.get(
    "/api/v1/reviews",
    { schema: { summary: "All reviews", response: { ...storeErrors, 200: reviewsSchema } } },
    async () => ({ reviews: await stored() }),
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
    async ({ query }) => ({ lines: await store.query((reader) => reader.audit(query.limit)) }),
  );
}

function singleReviewRoutes({ app, options, edits, stored }: ReviewRoutes): void {
  app.put(
    "/api/v1/reviews/:signature",
    {
      schema: {
        summary: "Accept or deny a cause on its endpoints, in this and later runs; replaces an earlier review",
        params: reviewParams,
        querystring: reportQuery,
        body: reviewBody,
        response: { ...changeErrors, 200: decidedSchema },
      },
    },
    async (request) => {
      const { endpoints: only, ...decision } = request.body;
      const [by, at] = [actorOf(request, options), Date.now()];
      const signatures = [request.params.signature];
      const causes = await options.reports.ask("reviewedCauses", { selection: request.query, signatures, only });
      const [review] = reviewsOf(causes, { ...decision, by, at }, await stored());
      if (review === undefined) throw new Error("a lookup finds every signature or throws");
      await edits.write({
        type: "reviews",
        put: [review],
        remove: [],
        audit: { at, by, what: describeReview(review) },
      });
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
      const review = (await stored()).find((known) => known.signature === signature);
      if (review === undefined) throw withoutReview();
      const what = `removed the review: ${describeReview(review)}`;
      const audit = { at: Date.now(), by: actorOf(request, options), what };
      await edits.write({ type: "reviews", put: [], remove: [signature], audit });
      return { reviews: await stored() };
    },
  );
}

function batchReviewRoute({ app, options, edits, stored }: ReviewRoutes): void {
  app.post(
    "/api/v1/reviews",
    {
      schema: {
        summary: "Accept or deny several causes with one reason: all or none",
        querystring: reportQuery,
        body: reviewsBody,
        response: { ...changeErrors, 200: decidedTogetherSchema },
      },
    },
    async (request) => {
      const { signatures, endpoints: only, ...decision } = request.body;
      const [by, at] = [actorOf(request, options), Date.now()];
      const before = await stored();
      const causes = await options.reports.ask("reviewedCauses", {
        selection: request.query,
        signatures: [...new Set(signatures)],
        only,
      });
      const reviews = reviewsOf(causes, { ...decision, by, at }, before);
      const replaced = before.filter(({ signature }) => reviews.some((review) => review.signature === signature));
      await edits.write({
        type: "reviews",
        put: reviews,
        remove: [],
        audit: { at, by, what: describeReviews(reviews) },
      });
      return { reviews, replaced };
    },
  );
}

function undoRoute({ app, options, edits, stored }: ReviewRoutes): void {
  app.post(
    "/api/v1/reviews/batch/undo",
    {
      schema: {
        summary: "Undo reviews of several causes: all or none; earlier reviews come back",
        body: undoBody,
        response: { ...changeErrors, 200: reviewsSchema },
      },
    },
    async (request) => {
      const { signatures, restore } = request.body;
      const [by, at] = [actorOf(request, options), Date.now()];
      const current = (await stored()).filter(({ signature }) => signatures.includes(signature));
      if (current.length === 0) throw withoutReview();
      const put = current.flatMap((review) => {
        const earlier = restore.find(({ signature }) => signature === review.signature);
        return earlier === undefined
          ? []
          : [{ ...review, ...earlier, endpoints: earlier.endpoints ?? review.endpoints, by, at }];
      });
      const remove = signatures.filter((signature) => !put.some((review) => review.signature === signature));
      const what = `undid: ${describeReviews(current)}`;
      await edits.write({ type: "reviews", put, remove, audit: { at, by, what } });
      return { reviews: await stored() };
    },
  );
}

function previewRoute({ app, options }: ReviewRoutes): void {
  app.post(
    "/api/v1/reviews/batch/preview",
    {
      schema: {
        summary: "Preview what accepting or denying causes would change, without doing it",
        querystring: reportQuery,
        body: reviewPreviewBody,
        response: { ...storeErrors, 200: reviewPreviewSchema },
      },
    },
    async (request) => {
      const { signatures, decision, endpoints: only } = request.body;
      const [by, at] = [actorOf(request, options), Date.now()];
      const { query: selection } = request;
      const causes = await options.reports.ask("reviewedCauses", { selection, signatures, only });
      const reviews = causes.map((cause): Review => ({ ...cause, decision, reason: "", expiresAt: null, by, at }));
      return options.reports.ask("reviewPreview", { selection, reviews });
    },
  );
}

/** @param before the reviews that these may replace */
function reviewsOf(
  causes: readonly ReviewedCause[],
  decision: Pick<Review, "decision" | "reason" | "expiresAt" | "by" | "at">,
  before: readonly Review[],
): readonly Review[] {
  return causes.map((cause) => {
    const review = { ...cause, ...decision };
    const earlier = before.find(({ signature }) => signature === review.signature);
    return { ...review, endpoints: coveredEndpoints(review, earlier) };
  });
}

function withoutReview(): ApiError {
  return new ApiError("unknown-cause", "This cause has no review.", "GET /api/v1/reviews lists the reviews.");
}
