import type { DifferenceKind, Relation, Section } from "../model/difference.ts";
import { formatCount, NOT_MEASURED } from "./number-format.ts";

/** How the two values of a difference are related. */
const RELATION_WORDS: Readonly<Record<Relation, string>> = {
  "number-as-string": "same number as a string",
  "null-or-missing": "null or missing",
  "null-or-empty": "null or empty",
  "same-instant": "same time in another format",
  "time-shift": "time shifted by a constant",
  rounding: "rounded",
  "letter-case": "different case",
  "unicode-normalisation": "different Unicode normalization",
  whitespace: "different whitespace",
  "times-100": "100 times larger or smaller",
  "both-uuids": "different UUID",
  "both-times": "different time",
  "both-random": "different random token",
};

const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = {
  status: "different status",
  header: "different value",
  missing: "missing",
  extra: "added",
  type: "different type",
  value: "different value",
  order: "different order",
  encoding: "different encoding",
  parse: "cannot be parsed",
  truncated: "differs beyond the capture limit",
  transport: "no complete response",
};

/** The relation of two values: `rounded number`; `–` without one. */
export function relationWords(relation: Relation | null): string {
  return relation === null ? NOT_MEASURED : RELATION_WORDS[relation];
}

/** What differs, as precisely as known: the relation of the values, else the kind of the difference. */
export function differenceWords({
  kind,
  relation,
}: {
  readonly kind: DifferenceKind;
  readonly relation: Relation | null;
}): string {
  return relation === null ? KIND_WORDS[kind] : RELATION_WORDS[relation];
}

interface NamedField {
  readonly section: Section;
  readonly path: string;
}

/** A field with its section: `body $.price`, `header etag`, `status`. */
export function formatField({ section, path }: NamedField): string {
  return section === "status" || section === "transport" ? section : `${section} ${path}`;
}

const MAX_NAMED_FIELDS = 3;

/** The first three fields by name and the number of the others: `body $.price, header etag and 4 more`. */
export function formatFieldList(fields: readonly NamedField[]): string {
  const names = [...new Set(fields.map(formatField))];
  const named = names.slice(0, MAX_NAMED_FIELDS);
  const rest = names.length - named.length;
  return rest === 0 ? named.join(", ") : `${named.join(", ")} and ${formatCount(rest)} more`;
}
