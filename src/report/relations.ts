import type { Relation, RelationCount } from "../model/difference.ts";
import { fieldKey, type FieldCounts } from "./noise.ts";

/** A relation explains a field when it shows in so many of its differences. */
const NEARLY_ALL = 0.95;

/**
 * What explains the differences of each field.
 * @param rows of one endpoint
 * @param fields of the same endpoint, by `fieldKey`
 * @returns by `fieldKey`; fields that nothing explains are missing
 */
export function relationsOf(
  rows: readonly RelationCount[],
  fields: ReadonlyMap<string, FieldCounts>,
): ReadonlyMap<string, Relation> {
  const found = new Map<string, { relation: Relation; count: number; total: number }>();
  for (const row of rows) {
    const key = fieldKey(row);
    const known = found.get(key);
    const total = (known?.total ?? 0) + row.count;
    found.set(key, known !== undefined && known.count >= row.count ? { ...known, total } : { ...row, total });
  }
  return new Map(
    [...found]
      // Relations outlive the minutes that retention deletes, so the sum may be more than what is still counted.
      .filter(([key, { count, total }]) => count >= NEARLY_ALL * Math.max(total, fields.get(key)?.raw ?? Infinity))
      .map(([key, { relation }]) => [key, relation]),
  );
}
