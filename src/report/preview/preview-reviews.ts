import type { ReviewPreview } from "../../model/views/change-preview.ts";
import { coversEndpoint, type Review } from "../../model/review.ts";
import { cachedFieldKey, fieldKey } from "../judge/field-counts.ts";
import type { CandidateSource, ReportContext } from "../read-counts.ts";
import { judgeChange, type JudgedReport } from "./judge-change.ts";

/** What reviews would change in the current report. @param reviews not stored yet */
export async function previewReviews(
  source: CandidateSource,
  reviews: readonly Review[],
  context: ReportContext,
): Promise<ReviewPreview> {
  const { before, effect } = await judgeChange(source, { rules: [], reviews }, context);
  const endpoints = reviewedExchanges(before, reviews);
  return {
    exchanges: endpoints.reduce((sum, { exchanges }) => sum + exchanges, 0),
    ...effect,
    endpoints,
  };
}

/** Exchanges that show a difference that the reviews are about, per endpoint, most exchanges first. */
function reviewedExchanges({ visible }: JudgedReport, reviews: readonly Review[]): ReviewPreview["endpoints"] {
  const exchanges = new Map<string, number>();
  for (const { endpoint, rows } of visible.outcomes) {
    const own = reviews.filter((review) => coversEndpoint(review, endpoint));
    const keys = new Set(own.flatMap(({ fields }) => fields.map(fieldKey)));
    if (keys.size === 0) continue;
    for (const { fields, count } of rows) {
      if (!fields.some((field) => field.mark !== "noise" && keys.has(cachedFieldKey(field)))) continue;
      exchanges.set(endpoint, (exchanges.get(endpoint) ?? 0) + count);
    }
  }
  return [...exchanges]
    .map(([endpoint, count]) => ({ endpoint, exchanges: count }))
    .toSorted((a, b) => b.exchanges - a.exchanges || (a.endpoint < b.endpoint ? -1 : 1));
}
