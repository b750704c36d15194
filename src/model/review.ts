import type { DifferenceKind, Relation, Section } from "./difference.ts";

/** The part of a difference that identifies it across runs. */
export interface CauseField {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly relation: Relation | null;
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
