import type { ParameterShare } from "../../model/difference.ts";
import type { CauseField } from "../../model/review.ts";
import { sectionGroupOf } from "../../presentation/order/cause-order.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { cachedFieldKey } from "../judge/field-counts.ts";
import { nameCause, type CauseName } from "./cause-name.ts";
import { coincidingFields, MAX_GROUPED_FIELDS, weightOf } from "./coinciding-fields.ts";
import { createParameterSplit } from "./parameter-shares.ts";

/** A field that may be grouped with others of its class: counting, noise, or hidden by the same rule. */
export interface GroupableField {
  /** Object of `causeField`. */
  readonly field: CauseField;
  readonly class: string;
  /** Its looks if there are several, each an object of `causeField`. */
  readonly looks?: readonly CauseField[];
  /** The cause of several endpoints that the field belongs to, whatever it coincides with on this one. */
  readonly shared?: CauseName | undefined;
}

/** Differences that occur together. */
export interface Cause extends CauseName {
  /** Most frequent first. A field with several reasons is listed with each. */
  readonly fields: readonly CauseField[];
  /** The `fieldKey`s of the fields. */
  readonly keys: readonly string[];
  /** Exchanges with at least one of the fields. */
  readonly count: number;
  /** Where it shows, by query parameter; clearest first. */
  readonly parameters: readonly ParameterShare[];
}

/** The class of the fields that count. */
export const COUNTING = "counting";
/** The class of fields that would count, but that the baseline of the report had as well. */
export const BASELINE = "baseline";

/**
 * Groups the fields of one endpoint that differ in the same exchanges. A cause never mixes status, body and headers: a person
 * who accepts changed headers has not accepted a 404.
 * @param rows of the endpoint, with all their fields
 * @param fields by `fieldKey`; without those in which the candidate never differs, and at most the 2,000 most frequent
 */
export function groupFields(
  endpoint: string,
  rows: readonly OutcomeRow[],
  fields: ReadonlyMap<string, GroupableField>,
): readonly Cause[] {
  const weights = rows.map(({ count }) => count);
  const splitByParameter = createParameterSplit(rows);
  const rowsByField = differingRows(rows, fields);
  const classes = Map.groupBy(rowsByField, ([key]) => classOf(fields.get(key)));
  return [...classes.values()].flatMap((members) => {
    const shared = fields.get(members[0]?.[0] ?? "")?.shared;
    const groups =
      shared === undefined
        ? coincidingFields(
            members.map(([key, indexes]) => ({ key, rows: indexes })),
            weights,
          )
        : [members.map(([key]) => key)];
    return groups.map((keys): Cause => {
      const own = keys.flatMap((key) => {
        const each = fields.get(key);
        return each === undefined ? [] : (each.looks ?? [each.field]);
      });
      // Noise and what rules hide are matters of one endpoint.
      const ofAll = [COUNTING, BASELINE].includes(fields.get(keys[0] ?? "")?.class ?? "");
      const name = shared ?? nameCause(own, ofAll ? undefined : [endpoint]);
      const indexes = rowsOfAny(keys, rowsByField);
      return { ...name, fields: own, keys, count: weightOf(indexes, weights), parameters: splitByParameter(indexes) };
    });
  });
}

function classOf(field: GroupableField | undefined): string {
  if (field === undefined) return "";
  return field.shared?.signature ?? `${sectionGroupOf(field.field)} ${field.class}`;
}

/** The rows with at least one of the fields. */
function rowsOfAny(keys: readonly string[], rowsByField: ReadonlyMap<string, readonly number[]>): readonly number[] {
  const [first = "", ...others] = keys;
  const rows = rowsByField.get(first) ?? [];
  return others.length === 0 ? rows : [...new Set([...rows, ...others.flatMap((key) => rowsByField.get(key) ?? [])])];
}

/** The indexes of the rows in which the candidate differs, by field; of the most frequent fields only. */
export function differingRows(
  rows: readonly OutcomeRow[],
  fields: ReadonlyMap<string, unknown>,
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
