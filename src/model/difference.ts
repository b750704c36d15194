import type { TransportFailureKind } from "./capture.ts";

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
  "protocol-quirk", // the responses deviate from HTTP/1.1 in different ways
  "contract", // only the candidate's response breaks the contract
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** One field in which two captures differ. */
export interface Difference {
  readonly section: Section;
  /**
   * Shape path. Body: `$.items[*].price`; keys that are not identifiers as `['a.b']`. Header and trailer: the name in lower
   * case; `set-cookie.SID` for a cookie and `set-cookie.SID.Secure` for one of its attributes; `content-type.charset` if only
   * the charset differs; `(103) link` in an interim response, `(103)` if only one side has sent it. Status: the pair, `200->404`, so that one
   * pair never excuses another; `$` in earlier versions. Transport: `$`.
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
  /** Arrival of the requests; see lib/time-slots.ts. */
  readonly slot: number;
  readonly count: number;
  /** Each of these exchanges stands for 2^level requests; absent: 0. See `LegRecorder.level`. */
  readonly level?: number | undefined;
  /** The exchanges by the names of their query parameters; see endpoints/query-parameters.ts. */
  readonly queries: ReadonlyMap<string, number>;
}

/** Exchanges with one outcome, or several, by the names of their query parameters. */
export interface ParameterCounts {
  /** Exchanges whose parameters were counted. Earlier versions did not, and old ones leave a store together. */
  readonly counted: number;
  /** Those without any parameter. */
  readonly none: number;
  /** Those with a name beyond the maximum of the endpoint. */
  readonly other: number;
  /** Those with a parameter, by its name. */
  readonly names: ReadonlyMap<string, number>;
}

/** How many exchanges with a query parameter, and without it, count against parity or have a cause. */
export interface ParameterShare {
  /** `none`: exchanges without any parameter. `other`: those with a name beyond the maximum of the endpoint. */
  readonly kind: "name" | "none" | "other";
  /** Empty unless the kind is `name`. */
  readonly name: string;
  /** Exchanges with the parameter that count against parity or have the cause, of all `compared` ones with it. */
  readonly count: number;
  readonly compared: number;
  /** The same of exchanges without the parameter. */
  readonly countWithout: number;
  readonly comparedWithout: number;
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
  | "both-random" // random tokens
  | "same-body" // two names of the same bytes
  | "relative-url" // one path, relative or on different hosts
  | "lagging" // a state that both sides show, earlier or later
  | "instance" // with a self-check: each side always has the same value
  | "counting"; // with a self-check: each side counts upwards on its own

/**
 * How the responses of an exchange keep to the contract: of the exchange with the path `$` of the section `status`, otherwise of
 * one place that the primary's response breaks. What only the candidate breaks is a difference of the kind `contract`.
 */
export type ContractRelation =
  | "conforms" // both responses
  | "candidate-breaks" // somewhere the primary does not
  | "primary-breaks" // only the primary
  | "both-break" // in the same places
  | "not-judged"; // one of them is incomplete

/** The number of exchanges in which a field's differences showed a relation, or in which responses keep to the contract. */
export interface RelationCount {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly relation: Relation | ContractRelation;
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
  /** In batches: each of these exchanges stands for 2^level requests; absent: 0. */
  readonly level?: number | undefined;
  /** In time blocks: how many requests these exchanges stand for; absent: one each. */
  readonly weight?: number | undefined;
}

/** The number of exchanges in which the response of `role` was missing or incomplete, by reason and address. */
export interface FailureCount {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly role: "candidate" | "secondary";
  readonly kind: TransportFailureKind;
  /** In words, the same for every exchange: `connection refused`. */
  readonly reason: string;
  /** The URL of the upstream; empty if the failure has none. */
  readonly address: string;
  readonly count: number;
}

/**
 * How often the value of a field had a feature in only one of two responses to the same request: those of candidate and
 * secondary. A feature is a property that noise keeps, such as `null`, or a time far from now.
 */
export interface FeatureCount {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly section: Section;
  /** Empty: all features beyond the limit of the endpoint, with an empty `feature`. */
  readonly path: string;
  readonly feature: string;
  /** Exchanges in which only the candidate's value has it. */
  readonly candidateOnly: number;
  /** Exchanges in which only the secondary's value has it. */
  readonly secondaryOnly: number;
}
