import type { DifferenceKind, Relation, Section } from "./difference.ts";

/** The part of a difference that identifies it across runs. */
export interface CauseField {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly relation: Relation | null;
  /**
   * Why a response is missing or incomplete, without numbers: each reason is a look of its own, so that none excuses another.
   * Absent from other fields, and in reviews and runs of earlier versions.
   */
  readonly reason?: string | undefined;
}

/** Stands for all endpoints in a review: headers that come and go together are one cause wherever they do. */
export const ALL_ENDPOINTS = "**";

/** A field of a denied cause: no rule hides it. */
export interface DeniedField extends Omit<CauseField, "relation" | "reason"> {
  /** An endpoint, or `ALL_ENDPOINTS`. */
  readonly endpoint: string;
}

/** The fields of denied causes. */
export function deniedFields(reviews: readonly Review[]): readonly DeniedField[] {
  return reviews
    .filter(({ decision }) => decision === "denied")
    .flatMap(({ endpoints, fields }) =>
      endpoints.flatMap((endpoint) => fields.map(({ section, path, kind }) => ({ endpoint, section, path, kind }))),
    );
}

/** Whether a review covers an endpoint. */
export function coversEndpoint({ endpoints }: Pick<Review, "endpoints">, endpoint: string): boolean {
  return endpoints.includes(endpoint) || endpoints.includes(ALL_ENDPOINTS);
}

/** Whether a denied field is about an endpoint. */
export function isAbout({ endpoint }: Pick<DeniedField, "endpoint">, other: string): boolean {
  return endpoint === other || endpoint === ALL_ENDPOINTS;
}

/** A decision about a cause. A cause without a review is unreviewed. */
export interface Review {
  /** That of the cause, which follows from the look of its fields, or one of its own if only some of its endpoints were reviewed. */
  readonly signature: string;
  /** An accepted cause does not count against the gate. A denied cause does, even if a rule hides it. */
  readonly decision: "accepted" | "denied";
  /** The endpoints that it covers, or only `ALL_ENDPOINTS`. */
  readonly endpoints: readonly string[];
  /** The fields in readable form: `body $.price (rounding)`. */
  readonly title: string;
  /** The fields of the cause at the time of the review. */
  readonly fields: readonly CauseField[];
  readonly reason: string;
  readonly by: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** When an acceptance expires, in Unix milliseconds; null for never. */
  readonly expiresAt: number | null;
}

/** A review as the causes that it decides show it: their number does not multiply the list of endpoints. */
export interface CauseReview extends Omit<Review, "endpoints"> {
  /** How many endpoints it covers; null for all. */
  readonly covers: number | null;
}

/** A recorded change of a rule or a review. */
export interface AuditEntry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly by: string;
  /** One line of text: `accepted GET /users/{id}: body $.price (rounding) until 2027-01-31: agreed with billing`. */
  readonly what: string;
}
