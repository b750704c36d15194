import { LRUCache } from "lru-cache";
import { hash } from "node:crypto";
import type { CauseField } from "../../model/review.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { causeTitle } from "./cause-title.ts";
import { coincidingFields, MAX_GROUPED_FIELDS, weightOf } from "./coincidence.ts";
import { keptLook } from "./field-look.ts";
import { markKey } from "../judge/field-verdicts.ts";

/** 96 bits: that two causes of one store share them by chance will not be seen. */
const SIGNATURE_CHARACTERS = 16;

/** A field, and the class within which it is grouped. */
export interface Groupable {
  /** Of `causeField`. */
  readonly field: CauseField;
  /** Fields of different classes are never one cause: what a rule hides, what is noise, and what counts. */
  readonly kind: string;
}

/** Differences that occur together. */
export interface Cause {
  readonly signature: string;
  readonly title: string;
  /** The most frequent first. */
  readonly fields: readonly CauseField[];
  /** Of each of them, the `fieldKey`. */
  readonly keys: readonly string[];
  /** Exchanges that show at least one of its fields. */
  readonly count: number;
}

/**
 * Merges the fields of one endpoint that differ in the same exchanges.
 * @param rows of the endpoint, with all their fields
 * @param fields by `fieldKey`; of those that the candidate never differs in nothing is made, nor of those beyond the most
 *   frequent 2,000
 */
export function causesOf(
  endpoint: string,
  rows: readonly OutcomeRow[],
  fields: ReadonlyMap<string, Groupable>,
): readonly Cause[] {
  const weights = rows.map(({ count }) => count);
  const occurrences = occurrencesOf(rows, fields);
  const classes = Map.groupBy(occurrences, ([key]) => fields.get(key)?.kind ?? "");
  return [...classes.values()]
    .flatMap((members) =>
      coincidingFields(
        members.map(([key, places]) => ({ key, rows: places })),
        weights,
      ),
    )
    .map((keys): Cause => {
      const causing = keys.flatMap((key) => fields.get(key)?.field ?? []);
      const { signature, title } = nameOf(endpoint, causing);
      return { signature, title, fields: causing, keys, count: weightOf(rowsOf(keys, occurrences), weights) };
    });
}

/** The rows that show at least one of the fields. */
function rowsOf(keys: readonly string[], occurrences: ReadonlyMap<string, readonly number[]>): readonly number[] {
  const [first = "", ...others] = keys;
  const rows = occurrences.get(first) ?? [];
  return others.length === 0 ? rows : [...new Set([...rows, ...others.flatMap((key) => occurrences.get(key) ?? [])])];
}

/** In which rows the candidate differs, for the fields that are grouped. */
function occurrencesOf(
  rows: readonly OutcomeRow[],
  fields: ReadonlyMap<string, Groupable>,
): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, row] of rows.entries()) {
    for (const mark of row.fields) {
      if (mark.mark === "noise") continue;
      const key = markKey(mark);
      if (!fields.has(key)) continue;
      const known = places.get(key);
      if (known === undefined) places.set(key, [index]);
      else known.push(index);
    }
  }
  if (places.size <= MAX_GROUPED_FIELDS) return places;
  const frequency = (indexes: readonly number[]): number =>
    indexes.reduce((sum, index) => sum + (rows[index]?.count ?? 0), 0);
  const ranked = [...places].map(([key, indexes]) => ({ key, indexes, count: frequency(indexes) }));
  ranked.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return new Map(ranked.slice(0, MAX_GROUPED_FIELDS).map(({ key, indexes }) => [key, indexes]));
}

/** Signatures and titles by endpoint and fields: reports show the same causes repeatedly. */
const names = new LRUCache<string, Pick<Cause, "signature" | "title">>({ max: 20_000 });

/**
 * The signature is the same for the same fields with the same relations, in whatever order and however often they occur; the
 * title names the most frequent first.
 * @param fields of `causeField`
 */
function nameOf(endpoint: string, fields: readonly CauseField[]): Pick<Cause, "signature" | "title"> {
  const looks = fields.map(keptLook);
  const key = `${endpoint}\n\n${looks.join("\n\n")}`;
  const known = names.get(key);
  if (known !== undefined) return known;
  const signature = hash("sha256", JSON.stringify([endpoint, ...looks.toSorted()]), "base64url");
  const name = { signature: signature.slice(0, SIGNATURE_CHARACTERS), title: causeTitle(fields) };
  names.set(key, name);
  return name;
}
