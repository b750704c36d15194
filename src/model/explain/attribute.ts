import type { DifferingField } from "../difference.ts";

/** Where an attribute of an exchange comes from. All but `response`, `response-body` and `address` belong to the request. */
export const ATTRIBUTE_SOURCES = [
  "header", // by its name in lower case
  "query", // by the name of the parameter
  "path", // by the name of the template's parameter
  "cookie", // by its name
  "claim", // of a JWT, by the configured name
  "request-body", // a scalar of the top two levels, by its path; the number of elements of a list as `$.items.length`
  "response-body", // the same of the primary's response
  "request", // `media-type`, `size` (a class)
  "response", // the primary's `status`, `media-type`, `size` (a class)
  "client", // `protocol`
  "address", // of the upstream that was asked, by role: `primary`, `candidate`, `secondary`
] as const;
export type AttributeSource = (typeof ATTRIBUTE_SOURCES)[number];

/** One attribute of one exchange. Attributes that an exchange does not have are not listed: absence is a value, too. */
export interface Attribute {
  readonly source: AttributeSource;
  readonly name: string;
  /** Secrets are replaced by fingerprints, and long texts are cut. */
  readonly value: string | number | boolean | null;
}

/**
 * The attributes of one compared exchange, kept to explain causes: of those that differ and, as controls, of those that match.
 */
export interface AttributeRecord {
  /** Of the exchange. */
  readonly id: string;
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  /** The stratum that it is drawn from: a digest of the set of fields in which the candidate differs; empty if it matches. */
  readonly stratum: string;
  /** See `sampleDraw`: those with the smallest draws of a stratum are kept, which are a uniform sample. */
  readonly draw: number;
  /** Exchanges of its stratum with larger draws were not offered: 1 unless controls were limited. */
  readonly limit: number;
  /** See `Outcome.paired`. */
  readonly paired: boolean;
  /** The differing fields, noise included; empty for a match without noise. */
  readonly fields: readonly DifferingField[];
  readonly attributes: readonly Attribute[];
  /** Sources with more attributes than are kept, where absence says nothing. */
  readonly cut: readonly AttributeSource[];
}

/** The name of the stratum of all strata beyond the cap of their endpoint. Its records keep the digests of their own. */
export const OTHER_STRATA = "*";

/**
 * A uniform sample of the exchanges of one stratum: all whose draw is below `limit`, which is 0 if there was no room for any. Those
 * that retention has deleted are missing in the sample and in all counts.
 */
export interface AttributeStratum {
  readonly stratum: string;
  readonly limit: number;
  readonly records: readonly AttributeRecord[];
}
