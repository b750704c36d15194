import { ALL_ENDPOINTS, type Review } from "../../../src/model/review.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";

/** Reviews that were one decision. */
export type ReviewGroup = readonly [Review, ...Review[]];

/** The decisions, newest first: reviews of one moment, person and reason are one, as they were made. */
export function reviewGroups(reviews: readonly Review[]): readonly ReviewGroup[] {
  const groups = Map.groupBy(reviews, ({ at, by, decision, reason }) => JSON.stringify([at, by, decision, reason]));
  return [...groups.values()]
    .flatMap(([first, ...others]): ReviewGroup[] => (first === undefined ? [] : [[first, ...others]]))
    .toSorted(([one], [other]) => other.at - one.at);
}

/** Where a review applies: `all endpoints`, `GET /a`, `3 endpoints`. */
export function coverageText({ endpoints }: Pick<Review, "endpoints">): string {
  const [first = ""] = endpoints;
  if (endpoints.includes(ALL_ENDPOINTS)) return "all endpoints";
  return endpoints.length === 1 ? first : formatPlural(endpoints.length, "endpoint");
}
