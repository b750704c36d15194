export const SECTIONS = ["body", "header", "trailer", "status", "transport"] as const;
export type Section = (typeof SECTIONS)[number];

export const DIFFERENCE_KINDS = [
  "status",
  "header",
  "missing", // the primary has it, the candidate has not
  "extra", // the candidate has it, the primary has not
  "type",
  "value",
  "order",
  "encoding",
  "parse",
  "truncated",
  "transport",
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** One place where two captures disagree. */
export interface Difference {
  readonly section: Section;
  /**
   * Shape path. Body: `$.items[*].price`, keys that are no identifiers as `['a.b']`. Header and trailer: the name in
   * lower case. Status and transport: `$`.
   */
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Where in this exchange: a JSON Pointer (RFC 6901) for a JSON body, otherwise empty. */
  readonly pointer: string;
  /** What explains it, if something does. */
  readonly relation: Relation | null;
  /** Short renderings for a person, redacted; null where that side has nothing. */
  readonly primary: string | null;
  readonly candidate: string | null;
}

/** Whether a field differed between primary and candidate (`raw`), primary and secondary (`noise`), or `both`, in one exchange. */
export type DifferenceMark = "raw" | "noise" | "both";

export interface DifferingField {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly mark: DifferenceMark;
}

/** The result of one comparison, in the form that is counted: equal outcomes are added up. */
export interface Outcome {
  readonly route: string;
  /** Method and path template, `GET /users/{id}`. */
  readonly endpoint: string;
  /** The candidate's subset. */
  readonly candidate: string;
  /** A usable secondary answer stood beside this comparison, so noise could be seen. */
  readonly paired: boolean;
  /** The set of fields that differed, sorted by section, path, kind; empty for a match without noise. */
  readonly fields: readonly DifferingField[];
  /** More fields differed than are listed. */
  readonly overflow: boolean;
}

export interface OutcomeCount extends Outcome {
  readonly minute: number;
  readonly count: number;
}

/**
 * The relation of the two values of a difference, where that explains it. A field has a relation in an exchange when all its
 * differences there have the same one.
 */
export type Relation =
  | "number-as-string" // 1 and "1"
  | "null-or-missing"
  | "null-or-empty" // null and "", [] or {}
  | "same-instant" // one time in two formats or zones
  | "time-shift" // all times of the field are apart by the same amount
  | "rounding" // one number is the other one, rounded
  | "letter-case"
  | "unicode-normalisation"
  | "whitespace"
  | "times-100"
  | "both-uuids"
  | "both-times"
  | "both-random"; // tokens without meaning

/** In how many exchanges the differences of a field showed a relation. */
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

/** How often two statuses stood side by side; 0 where the candidate gave no complete answer. */
export interface StatusPairCount {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly primary: number;
  readonly other: number;
  /** The secondary's beside the primary's, or the candidate's. */
  readonly role: "candidate" | "secondary";
  readonly count: number;
}
