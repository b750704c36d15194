import type { DifferenceKind, Relation, Section } from "./difference.ts";

/** The part of a difference that identifies it across runs. */
export interface CauseField {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly relation: Relation | null;
}

/** The endpoint of a review about all endpoints: headers that come and go together are one cause wherever they do. */
export const ALL_ENDPOINTS = "**";

/** A field of a denied cause: no rule hides it. */
export interface DeniedField extends Omit<CauseField, "relation"> {
  /** An endpoint, or `ALL_ENDPOINTS`. */
  readonly endpoint: string;
}

/** The fields of denied causes. */
export function deniedFields(reviews: readonly Review[]): readonly DeniedField[] {
  return reviews
    .filter(({ decision }) => decision === "denied")
    .flatMap(({ endpoint, fields }) => fields.map(({ section, path, kind }) => ({ endpoint, section, path, kind })));
}

/** Whether a review or a denied field is about an endpoint. */
export function isAbout({ endpoint }: { readonly endpoint: string }, other: string): boolean {
  return endpoint === other || endpoint === ALL_ENDPOINTS;
}

/** A decision about a cause. A cause without a review is unreviewed. */
export interface Review {
  /**
   * Identifies the cause by its endpoint and by section, path, kind and relation of its fields. A cause that changes any of
   * these has another signature and needs another review.
   */
  readonly signature: string;
  /** An accepted cause does not count against the gate. A denied cause does, even if a rule hides it. */
  readonly decision: "accepted" | "denied";
  /** An endpoint, or `ALL_ENDPOINTS`. */
  readonly endpoint: string;
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

/** A recorded change of a rule or a review. */
export interface AuditEntry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly by: string;
  /** One line of text: `accepted GET /users/{id}: body $.price (rounding) until 2027-01-31: agreed with billing`. */
  readonly what: string;
}
