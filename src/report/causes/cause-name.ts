import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { matchesName } from "../../compare/rules/rule-match.ts";
import { ALL_ENDPOINTS, type CauseField } from "../../model/review.ts";
import { differenceWords, formatField, formatFieldList, kindWords } from "../../presentation/words/difference-words.ts";
import { sectionGroupOf } from "../../presentation/order/cause-order.ts";
import { presetPath, RULE_PRESETS } from "../../presentation/rules/rule-presets.ts";
import { parseStatusPath, statusChangeKind } from "../../presentation/statuses/status-change.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";
import { cachedAppearanceKey } from "./field-appearance.ts";

/** What identifies a cause, and what a person reads. */
export interface CauseName {
  readonly signature: string;
  readonly title: string;
}

const EVERYWHERE = [ALL_ENDPOINTS];
/** 96 bits: no two causes of a store will share a signature by chance. */
const SIGNATURE_CHARACTERS = 16;
/** Reports show the same causes again. */
const names = new LRUCache<string, CauseName>({ max: 20_000 });

/**
 * Names a cause. The signature depends on the fields and their relations, not on their order or frequency; the title names the most frequent
 * first.
 * @param fields objects of `causeField`
 * @param endpoints of a cause that is not the same on all endpoints
 */
export function nameCause(fields: readonly CauseField[], endpoints: readonly string[] = EVERYWHERE): CauseName {
  const appearances = fields.map(cachedAppearanceKey);
  const where = endpoints.toSorted().join("\n");
  const key = [where, ...appearances].join("\n\n");
  const known = names.get(key);
  if (known !== undefined) return known;
  const digest = hash("sha256", JSON.stringify([where, ...appearances.toSorted()]), "base64url");
  const name = { signature: digest.slice(0, SIGNATURE_CHARACTERS), title: causeTitle(fields) };
  names.set(key, name);
  return name;
}

/** `break: status 200 → 404`, `fix: status 500 → 200`, `status 200 → 201`. */
function statusTitle(field: CauseField): string {
  const change = parseStatusPath(field.path);
  if (change === undefined) return differenceWords(field);
  const kind = statusChangeKind(change);
  return kind === "change" ? formatField(field) : `${kind}: ${formatField(field)}`;
}

/** Each status change once, also if it breaks the contract too. */
function statusTitles(fields: readonly CauseField[]): string {
  return [...Map.groupBy(fields, statusTitle)]
    .map(([title, own]) =>
      own.some(({ kind }) => kind === "contract") && title !== kindWords("contract")
        ? `${title} (${kindWords("contract")})`
        : title,
    )
    .join(", ");
}

/** Fields with the same words are named together, and so are all statuses. */
function titleGroup(field: CauseField): string {
  return field.section === "status" ? field.section : `${field.section} ${differenceWords(field)}`;
}

/** Groups of fields that a title names. */
const MAX_TITLE_PARTS = 3;
/** More headers are counted. */
const MAX_NAMED_HEADERS = 3;
/** Headers that a title names after their number. */
const MAX_EXAMPLES = 2;

/** The title of a cause: `body $.price, $.total (same number as a string); header etag (changed)`. */
function causeTitle(fields: readonly CauseField[]): string {
  const names = [...new Set(fields.map(({ path }) => path))];
  if (names.length > MAX_NAMED_HEADERS && fields.every((field) => sectionGroupOf(field) === "headers")) {
    return headersTitle(names, [...new Set(fields.map(differenceWords))]);
  }
  const parts = [...Map.groupBy(fields, titleGroup).values()].map(([first, ...others]) => {
    if (first === undefined) return "";
    if (first.section === "transport" && first.relation === null) return differenceWords(first);
    if (first.section === "status") return statusTitles([first, ...others]);
    const list = formatFieldList([first, ...others]).replaceAll(`, ${first.section} `, ", ");
    return `${list} (${differenceWords(first)})`;
  });
  const rest = parts.length - MAX_TITLE_PARTS;
  return parts.slice(0, MAX_TITLE_PARTS).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

/**
 * Many headers by what they are about: `12 headers of the framework (added or removed: etag, vary, …)`,
 * `12 headers (10 of the framework, access-control-allow-origin, vary)`.
 */
function headersTitle(names: readonly string[], kinds: readonly string[]): string {
  const all = formatPlural(names.length, "header");
  const groups = RULE_PRESETS.map(({ name, words }) => ({
    words,
    own: names.filter((each) => matchesName(presetPath(name), each)),
  })).toSorted((one, other) => other.own.length - one.own.length);
  const [{ words, own }] = groups as [(typeof groups)[number]];
  if (own.length === names.length || own.length <= MAX_EXAMPLES) {
    const about = own.length === names.length ? ` ${words}` : "";
    return `${all}${about} (${kinds.toSorted().join(" or ")}: ${names.slice(0, MAX_EXAMPLES).join(", ")}, …)`;
  }
  const others = names.filter((name) => !own.includes(name));
  const rest = others.length - MAX_EXAMPLES;
  const more = rest > 0 ? ` and ${rest} more` : "";
  return `${all} (${own.length} ${words}, ${others.slice(0, MAX_EXAMPLES).join(", ")}${more})`;
}
