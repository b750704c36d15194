import type { DifferenceKind, Relation, Section } from "./difference.ts";

/** One difference as far as it is known again in another run. */
export interface CauseField {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly relation: Relation | null;
}

/** What a person decided about a cause. A cause without one is left open. */
export interface Review {
  /**
   * Names the cause by what it looks like: endpoint, and section, path, kind and relation of its fields. A cause that looks
   * different has another signature, and needs another decision.
   */
  readonly signature: string;
  /** `accepted` does not count against the gate; `denied` does, whatever a rule hides. */
  readonly decision: "accepted" | "denied";
  readonly endpoint: string;
  /** The fields, for a person: `body $.price (rounding)`. */
  readonly title: string;
  /** The cause as it was when it was decided. */
  readonly fields: readonly CauseField[];
  readonly reason: string;
  readonly by: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** An acceptance that ends; Unix milliseconds, null for never. */
  readonly expiresAt: number | null;
}

/** A change that somebody made, for the eyes of others. */
export interface AuditEntry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly by: string;
  /** One line: `accepted GET /users/{id}: body $.price (rounding) until 2027-01-31: agreed with billing`. */
  readonly what: string;
}
