import type { Report } from "../../model/report.ts";
import { ALL_ENDPOINTS, type Review } from "../../model/review.ts";
import { sectionGroupOf } from "../../presentation/order/cause-order.ts";
import { nameCause } from "./cause-name.ts";
import { appearanceKey } from "./field-appearance.ts";

/** What a review is about. */
export type ReviewedCause = Pick<Review, "signature" | "endpoints" | "title" | "fields">;

/**
 * What a review of a cause covers: the endpoints that have it now, with the fields of each. Headers of several endpoints come
 * and go with what serves all of them, so their review covers all endpoints, also new ones. A status or a body is a matter of
 * each endpoint: one that shows the cause later needs a review.
 * @param only endpoints to review apart from the others, with a signature of its own; by default all
 * @returns undefined if no such endpoint has the cause
 */
export function reviewedCause(
  { endpoints }: Pick<Report, "endpoints">,
  signature: string,
  only?: readonly string[],
): ReviewedCause | undefined {
  const all = endpoints.flatMap(({ endpoint, causes }) =>
    causes.filter((cause) => cause.signature === signature).map((cause) => ({ ...cause, endpoint })),
  );
  const own = all.filter(({ endpoint }) => only?.includes(endpoint) ?? true);
  const [first] = own;
  if (first === undefined) return undefined;
  const fields = [
    ...new Map(own.flatMap((cause) => cause.fields).map((field) => [appearanceKey(field), field])).values(),
  ];
  const names = namesOf(own);
  const { title } = first;
  if (only !== undefined && names.length < namesOf(all).length) {
    return { signature: nameCause(fields, names).signature, endpoints: names, title, fields };
  }
  const isOfAll = names.length > 1 && fields.every((field) => sectionGroupOf(field) === "headers");
  return { signature, endpoints: isOfAll ? [ALL_ENDPOINTS] : names, title, fields };
}

function namesOf(causes: readonly { readonly endpoint: string }[]): readonly string[] {
  return [...new Set(causes.map(({ endpoint }) => endpoint))].toSorted();
}

/**
 * The endpoints of a review that replaces another with the same signature: an acceptance that is renewed keeps those that it
 * covered, which may have had no traffic since.
 */
export function coveredEndpoints(
  { decision, endpoints }: Pick<Review, "decision" | "endpoints">,
  before: Pick<Review, "decision" | "endpoints"> | undefined,
): readonly string[] {
  if (before === undefined || decision !== "accepted" || before.decision !== "accepted") return endpoints;
  const all = new Set([...before.endpoints, ...endpoints]);
  return all.has(ALL_ENDPOINTS) ? [ALL_ENDPOINTS] : [...all].toSorted();
}
