import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { CauseField } from "../../model/review.ts";
import { differenceWords, formatFieldList } from "../../presentation/difference-words.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { cachedFieldKey } from "../judge/field-counts.ts";
import { coincidingFields, MAX_GROUPED_FIELDS, weightOf } from "./coinciding-fields.ts";
import { cachedAppearanceKey } from "./field-appearance.ts";

/** A field that may be grouped with others of its class: counting, noise, or hidden by the same rule. */
export interface GroupableField {
  /** Object of `causeField`. */
  readonly field: CauseField;
  readonly class: string;
}

/** Differences that occur together. */
export interface Cause {
  readonly signature: string;
  readonly title: string;
  /** Most frequent first. */
  readonly fields: readonly CauseField[];
  /** The `fieldKey` of each field. */
  readonly keys: readonly string[];
  /** Exchanges with at least one of the fields. */
  readonly count: number;
}

/**
 * Groups the fields of one endpoint that differ in the same exchanges.
 * @param rows of the endpoint, with all their fields
 * @param fields by `fieldKey`; without those in which the candidate never differs, and at most the 2,000 most frequent
 */
export function groupFields(
  endpoint: string,
  rows: readonly OutcomeRow[],
  fields: ReadonlyMap<string, GroupableField>,
): readonly Cause[] {
  const weights = rows.map(({ count }) => count);
  const rowsByField = differingRows(rows, fields);
  const classes = Map.groupBy(rowsByField, ([key]) => fields.get(key)?.class ?? "");
  return [...classes.values()]
    .flatMap((members) =>
      coincidingFields(
        members.map(([key, indexes]) => ({ key, rows: indexes })),
        weights,
      ),
    )
    .map((keys): Cause => {
      const members = keys.flatMap((key) => fields.get(key)?.field ?? []);
      const { signature, title } = nameCause(endpoint, members);
      return { signature, title, fields: members, keys, count: weightOf(rowsOfAny(keys, rowsByField), weights) };
    });
}

/** The rows with at least one of the fields. */
function rowsOfAny(keys: readonly string[], rowsByField: ReadonlyMap<string, readonly number[]>): readonly number[] {
  const [first = "", ...others] = keys;
  const rows = rowsByField.get(first) ?? [];
  return others.length === 0 ? rows : [...new Set([...rows, ...others.flatMap((key) => rowsByField.get(key) ?? [])])];
}

/** The indexes of the rows in which the candidate differs, by field; of the most frequent fields only. */
function differingRows(
  rows: readonly OutcomeRow[],
  fields: ReadonlyMap<string, GroupableField>,
): ReadonlyMap<string, readonly number[]> {
  const indexesByField = new Map<string, number[]>();
  for (const [index, row] of rows.entries()) {
    for (const field of row.fields) {
      if (field.mark === "noise") continue;
      const key = cachedFieldKey(field);
      if (!fields.has(key)) continue;
      const known = indexesByField.get(key);
      if (known === undefined) indexesByField.set(key, [index]);
      else known.push(index);
    }
  }
  if (indexesByField.size <= MAX_GROUPED_FIELDS) return indexesByField;
  const frequency = (indexes: readonly number[]): number =>
    indexes.reduce((sum, index) => sum + (rows[index]?.count ?? 0), 0);
  const ranked = [...indexesByField].map(([key, indexes]) => ({ key, indexes, count: frequency(indexes) }));
  ranked.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return new Map(ranked.slice(0, MAX_GROUPED_FIELDS).map(({ key, indexes }) => [key, indexes]));
}

/** 96 bits: no two causes of a store will share a signature by chance. */
const SIGNATURE_CHARACTERS = 16;
/** Reports show the same causes again. */
const names = new LRUCache<string, Pick<Cause, "signature" | "title">>({ max: 20_000 });

/**
 * The signature depends on the fields and their relations, not on their order or frequency; the title names the most frequent
 * first.
 * @param fields objects of `causeField`
 */
function nameCause(endpoint: string, fields: readonly CauseField[]): Pick<Cause, "signature" | "title"> {
  const appearances = fields.map(cachedAppearanceKey);
  const key = [endpoint, ...appearances].join("\n\n");
  const known = names.get(key);
  if (known !== undefined) return known;
  const digest = hash("sha256", JSON.stringify([endpoint, ...appearances.toSorted()]), "base64url");
  const name = { signature: digest.slice(0, SIGNATURE_CHARACTERS), title: causeTitle(fields) };
  names.set(key, name);
  return name;
}

/** Groups of fields that a title names. */
const MAX_TITLE_PARTS = 3;

/** The title of a cause: `body $.price, $.total (same number as a string); header etag (different value)`. */
function causeTitle(fields: readonly CauseField[]): string {
  const parts = [...Map.groupBy(fields, (field) => `${field.section} ${differenceWords(field)}`).values()].map(
    ([first, ...others]) => {
      if (first === undefined) return "";
      const isWholeSection = first.section === "status" || first.section === "transport";
      if (isWholeSection && first.relation === null) return differenceWords(first);
      const list = formatFieldList([first, ...others]).replaceAll(`, ${first.section} `, ", ");
      return `${list} (${differenceWords(first)})`;
    },
  );
  const rest = parts.length - MAX_TITLE_PARTS;
  return parts.slice(0, MAX_TITLE_PARTS).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
