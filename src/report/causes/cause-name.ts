import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { CauseField } from "../../model/review.ts";
import { differenceWords, formatField, formatFieldList } from "../../presentation/words/difference-words.ts";
import { parseStatusPath, statusChangeKind } from "../../presentation/statuses/status-change.ts";
import { cachedAppearanceKey } from "./field-appearance.ts";

/** What identifies a cause, and what a person reads. */
export interface CauseName {
  readonly signature: string;
  readonly title: string;
}

/** 96 bits: no two causes of a store will share a signature by chance. */
const SIGNATURE_CHARACTERS = 16;
/** Reports show the same causes again. */
const names = new LRUCache<string, CauseName>({ max: 20_000 });

/**
 * Names a cause. The signature depends on the fields and their relations, not on their order or frequency; the title names the most frequent
 * first.
 * @param endpoint an endpoint, or `ALL_ENDPOINTS`
 * @param fields objects of `causeField`
 */
export function nameCause(endpoint: string, fields: readonly CauseField[]): CauseName {
  const appearances = fields.map(cachedAppearanceKey);
  const key = [endpoint, ...appearances].join("\n\n");
  const known = names.get(key);
  if (known !== undefined) return known;
  const digest = hash("sha256", JSON.stringify([endpoint, ...appearances.toSorted()]), "base64url");
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

/** Groups of fields that a title names. */
const MAX_TITLE_PARTS = 3;

/** The title of a cause: `body $.price, $.total (same number as a string); header etag (different value)`. */
function causeTitle(fields: readonly CauseField[]): string {
  const parts = [...Map.groupBy(fields, (field) => `${field.section} ${differenceWords(field)}`).values()].map(
    ([first, ...others]) => {
      if (first === undefined) return "";
      if (first.section === "transport" && first.relation === null) return differenceWords(first);
      if (first.section === "status") return [first, ...others].map(statusTitle).join(", ");
      const list = formatFieldList([first, ...others]).replaceAll(`, ${first.section} `, ", ");
      return `${list} (${differenceWords(first)})`;
    },
  );
  const rest = parts.length - MAX_TITLE_PARTS;
  return parts.slice(0, MAX_TITLE_PARTS).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
