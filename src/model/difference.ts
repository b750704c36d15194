/**
 * The collective name of all endpoints of a run beyond `maxEndpoints`. It cannot clash with the name of an endpoint, which
 * begins with a method and a path.
 */
export const OVERFLOW_ENDPOINT = "(other endpoints)";

export const SECTIONS = ["body", "header", "trailer", "status", "transport"] as const;
export type Section = (typeof SECTIONS)[number];

export const DIFFERENCE_KINDS = [
  "status",
  "header",
  "missing", // present only in the primary's response
  "extra", // present only in the candidate's response
  "type",
  "value",
  "order",
  "encoding",
  "parse",
  "truncated",
  "transport",
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** One field in which two captures differ. */
export interface Difference {
  readonly section: Section;
  /**
   * Shape path. Body: `$.items[*].price`; keys that are not identifiers as `['a.b']`. Header and trailer: the name in lower
   * case. Status and transport: `$`.
   */
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Position in this exchange: a JSON Pointer (RFC 6901) for a JSON body, otherwise empty. */
  readonly pointer: string;
  /** How the two values are related; null if no known relation explains the difference. */
  readonly relation: Relation | null;
  /** Short redacted renderings of the values for people; null if that side has no value. */
  readonly primary: string | null;
  readonly candidate: string | null;
}

/** Which responses differ in one exchange: primary and candidate (`raw`), primary and secondary (`noise`), or both pairs. */
export type DifferenceMark = "raw" | "noise" | "both";

/** A field that differs in one exchange. */
export interface DifferingField {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly mark: DifferenceMark;
}

/** The result of one comparison in the form that is counted: equal outcomes are added up. */
export interface Outcome {
  readonly route: string;
  /** Method and path template, such as `GET /users/{id}`. */
  readonly endpoint: string;
  /** The candidate's subset. */
  readonly candidate: string;
  /** The exchange also has a usable secondary response, so that noise is measured. */
  readonly paired: boolean;
  /** The differing fields, sorted by section, path and kind; empty for a match without noise. */
  readonly fields: readonly DifferingField[];
  /** More fields differed than `fields` lists. */
  readonly overflow: boolean;
}

export interface OutcomeCount extends Outcome {
  readonly minute: number;
  readonly count: number;
}

/**
 * How the two values of a difference are related. A field that differs at several positions of one exchange has a relation
 * only if all of them show the same one.
 */
export type Relation =
  | "number-as-string" // 1 and "1"
  | "null-or-missing"
  | "null-or-empty" // null and "", [] or {}
  | "same-instant" // one time in two formats or time zones
  | "time-shift" // times that differ by the same amount at every position
  | "rounding" // one number is the other one rounded
  | "letter-case"
  | "unicode-normalisation"
  | "whitespace"
  | "times-100"
  | "both-uuids"
  | "both-times"
  | "both-random"; // random tokens

/** The number of exchanges in which a field's differences showed a relation. */
export interface RelationCount {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly relation: Relation;
  readonly count: number;
}

/** The number of exchanges with one pair of status codes. */
export interface StatusPairCount {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly primary: number;
  /** The status code of `role`; 0 for a response that is missing or incomplete. */
  readonly other: number;
  readonly role: "candidate" | "secondary";
  readonly count: number;
}
