import type { DifferenceKind, DifferenceMark, Relation, Section } from "../../model/difference.ts";
import type { FailureReport } from "../../model/report.ts";
import { formatStatusChange, parseStatusPath } from "../statuses/status-change.ts";
import { failureList } from "./failure-words.ts";
import { featureText, type CountedFeature } from "./feature-words.ts";
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
  "same-body": "names the same body differently",
  "relative-url": "same path, relative or on another host",
  lagging: "same value, earlier or later",
  instance: "constant on each server",
  counting: "counts upwards on each server",
};

/** A response that is missing or incomplete, if the reason is not known. */
export const NO_RESPONSE = "no complete response";

const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = {
  status: "status changed",
  header: "changed",
  missing: "removed",
  extra: "added",
  type: "type changed",
  value: "changed",
  order: "order changed",
  encoding: "encoding changed",
  parse: "cannot be parsed",
  truncated: "differs beyond the capture limit",
  transport: NO_RESPONSE,
  "protocol-quirk": "deviates from HTTP/1.1 in another way",
  contract: "breaks the contract",
};

/** A kind of difference: `changed`, `added`. */
export function kindWords(kind: DifferenceKind): string {
  return KIND_WORDS[kind];
}

const MARK_WORDS: Readonly<Record<DifferenceMark, string>> = {
  raw: "candidate only",
  both: "candidate and secondary",
  noise: "secondary only",
};

/** Which responses differ from the primary's: `candidate only`. */
export function markWords(mark: DifferenceMark): string {
  return MARK_WORDS[mark];
}

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

/** A field with its section: `body $.price`, `header etag`, `status 200 → 404`. */
export function formatField({ section, path }: NamedField): string {
  if (section === "transport") return section;
  if (section !== "status") return `${section} ${path}`;
  const change = parseStatusPath(path);
  return change === undefined ? section : `status ${formatStatusChange(change)}`;
}

const MAX_NAMED_FIELDS = 3;

interface ListedField extends NamedField {
  readonly features?: readonly CountedFeature[];
  readonly failures?: readonly FailureReport[] | undefined;
}

/**
 * The first three fields by name and the number of the others: `body $.price, header etag and 4 more`. A change inside noise
 * says what it is: `body $.tier (is "gold": 41 candidate only, 9 secondary only)`; and missing responses, why:
 * `no complete response (connection refused at http://127.0.0.1:9002)`.
 */
export function formatFieldList(fields: readonly ListedField[]): string {
  const described = (field: ListedField): string => {
    const { features: [clearest] = [], failures = [] } = field;
    if (failures.length > 0) return `${NO_RESPONSE} (${failureList(failures)})`;
    return clearest === undefined ? formatField(field) : `${formatField(field)} (${featureText(clearest)})`;
  };
  return formatNames([...new Set(fields.map(described))]);
}

/** The first three names and the number of the others: `$.a, $.b, $.c and 9 more`. */
export function formatNames(names: readonly string[]): string {
  const named = names.slice(0, MAX_NAMED_FIELDS);
  const rest = names.length - named.length;
  return rest === 0 ? named.join(", ") : `${named.join(", ")} and ${formatCount(rest)} more`;
}
