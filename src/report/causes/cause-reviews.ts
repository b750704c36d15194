import { LRUCache } from "lru-cache";
import type { CauseState } from "../../model/report.ts";
import { ALL_ENDPOINTS, type CauseField, type CauseReview, type Review } from "../../model/review.ts";
import { fieldKey } from "../judge/field-counts.ts";
import { nameCause } from "./cause-name.ts";
import { cachedAppearanceKey, locationKey, appearanceKey } from "./field-appearance.ts";

/** The reviews of one endpoint, indexed by what they are about. */
export interface EndpointReviews {
  /** By the look of the cause: its signature on all endpoints. */
  readonly reviews: ReadonlyMap<string, CauseReview>;
  /** By `fieldKey`. */
  readonly denied: ReadonlyMap<string, CauseReview>;
  /** By `appearanceKey`. */
  readonly accepted: ReadonlyMap<string, CauseReview>;
  /** By `locationKey`. */
  readonly acceptedLocations: ReadonlyMap<string, CauseReview>;
}

export interface CauseDecision {
  readonly state: CauseState;
  readonly review: CauseReview | null;
}

/** Equal reviews are the same object, so that what depends on them stays memoized. */
const indexes = new LRUCache<string, EndpointReviews>({ max: 2_000 });

/** A review as its causes show it. */
export function causeReview({ endpoints, ...review }: Review): CauseReview {
  return { ...review, covers: endpoints.includes(ALL_ENDPOINTS) ? null : endpoints.length };
}

/**
 * Indexes the reviews of one endpoint. Of two reviews with the same look, the later counts. Expired acceptances do not count.
 * @param now Unix milliseconds
 */
export function indexReviews(all: readonly CauseReview[], now: number): EndpointReviews {
  const name = JSON.stringify(all.map((review) => [review, isExpired(review, now)]));
  const known = indexes.get(name);
  if (known !== undefined) return known;
  const reviews = new Map<string, CauseReview>();
  for (const review of all.toSorted((one, other) => one.at - other.at)) reviews.set(lookOf(review.fields), review);
  const denied = new Map<string, CauseReview>();
  const accepted = new Map<string, CauseReview>();
  const acceptedLocations = new Map<string, CauseReview>();
  for (const review of reviews.values()) {
    for (const field of review.fields) {
      if (review.decision === "denied") denied.set(fieldKey(field), review);
      else if (!isExpired(review, now)) {
        accepted.set(appearanceKey(field), review);
        acceptedLocations.set(locationKey(field), review);
      }
    }
  }
  const index = { reviews, denied, accepted, acceptedLocations };
  indexes.set(name, index);
  return index;
}

/**
 * The state of a cause. Reviews are about fields and their appearance, not about groups: traffic may group the same fields
 * differently in the next run.
 * - `denied`: one of the fields was denied, whatever it is now. A denied difference cannot escape by getting worse.
 * - `accepted`: every field was accepted with this appearance. An accepted cause that loses a field stays accepted; one that gains a
 *   field does not, because that field was never reviewed.
 * - `changed`: neither, but something was accepted at the location of one of the fields.
 * - `known`: unreviewed, and the run before had all of the fields with this appearance. `new`: it had not.
 * @param fields objects of `causeField`
 * @param earlier the appearances in the previous run
 * @param isInBaseline whether the run that the report is compared with had the cause
 */
export function decideCause(
  { reviews, denied, accepted, acceptedLocations }: EndpointReviews,
  fields: readonly CauseField[],
  { earlier, isInBaseline = false }: { readonly earlier: ReadonlySet<string>; readonly isInBaseline?: boolean },
): CauseDecision {
  const isKnown = earlier.size > 0 && fields.every((field) => earlier.has(cachedAppearanceKey(field)));
  const state = isInBaseline ? "baseline" : isKnown ? "known" : "new";
  if (reviews.size === 0) return { state, review: null };
  const own = reviews.get(lookOf(fields)) ?? null;
  const denial = fields.flatMap((field) => findDenial({ denied }, fieldKey(field)) ?? [])[0];
  if (denial !== undefined) return { state: "denied", review: own?.decision === "denied" ? own : denial };
  const acceptances = fields.map(
    (field) =>
      accepted.get(cachedAppearanceKey(field)) ??
      (field.section === "status" ? accepted.get(ANY_PAIR_APPEARANCE) : undefined),
  );
  if (acceptances.every((review) => review !== undefined)) {
    return { state: "accepted", review: acceptances.find((review) => review === own) ?? acceptances[0] ?? null };
  }
  const changed = fields.flatMap((field) => acceptedLocations.get(locationKey(field)) ?? [])[0];
  if (changed === undefined) return { state, review: own };
  return { state: isInBaseline ? "baseline" : "changed", review: changed };
}

/** Names a group of fields by how it looks, wherever it shows. */
function lookOf(fields: readonly CauseField[]): string {
  return nameCause(fields).signature;
}

/** The acceptances in force of all endpoints, by the look of the cause. @param now Unix milliseconds */
export function acceptedLooks(reviews: readonly Review[], now: number): ReadonlyMap<string, CauseReview> {
  return new Map(
    reviews
      .filter((review) => review.decision === "accepted" && !isExpired(review, now))
      .toSorted((one, other) => one.at - other.at)
      .map((review) => [lookOf(review.fields), causeReview(review)]),
  );
}

/** The status in reviews of earlier versions, which were about all pairs of status codes. */
const ANY_PAIR = { section: "status", path: "$", kind: "status", relation: null } as const;
const ANY_PAIR_KEY = fieldKey(ANY_PAIR);
const ANY_PAIR_APPEARANCE = appearanceKey(ANY_PAIR);
const STATUS_PREFIX = "status\n";

/** The review that denied a field. @param key the `fieldKey` of the field */
export function findDenial({ denied }: Pick<EndpointReviews, "denied">, key: string): CauseReview | undefined {
  return denied.get(key) ?? (key.startsWith(STATUS_PREFIX) ? denied.get(ANY_PAIR_KEY) : undefined);
}

function isExpired({ expiresAt }: Pick<Review, "expiresAt">, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}
