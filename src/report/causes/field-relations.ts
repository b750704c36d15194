import type { Relation, RelationCount } from "../../model/difference.ts";
import { fieldKey, type FieldCounts } from "../judge/field-verdicts.ts";

/** A relation explains a field when it shows in so many of its differences. */
const NEARLY_ALL = 0.95;

/** What two times may be to each other: where no one of these explains a field, that they are times may. */
const OF_TIMES: ReadonlySet<Relation> = new Set(["same-instant", "time-shift", "both-times"]);

/** How often each field showed times on both sides, whatever else they had in common. */
function timesOf(rows: readonly RelationCount[]): ReadonlyMap<string, { count: number; total: number }> {
  const times = new Map<string, { count: number; total: number }>();
  for (const row of rows) {
    const known = times.get(fieldKey(row)) ?? { count: 0, total: 0 };
    known.total += row.count;
    if (OF_TIMES.has(row.relation)) known.count += row.count;
    times.set(fieldKey(row), known);
  }
  return times;
}

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
  for (const [key, { count, total }] of timesOf(rows)) {
    const known = found.get(key);
    if (known !== undefined && known.count < NEARLY_ALL * known.total) {
      found.set(key, { relation: "both-times", count, total: Math.max(total, known.total) });
    }
  }
  return new Map(
    [...found]
      // Relations outlive the minutes that retention deletes, so the sum may be more than what is still counted.
      .filter(([key, { count, total }]) => count >= NEARLY_ALL * Math.max(total, fields.get(key)?.raw ?? Infinity))
      .map(([key, { relation }]) => [key, relation]),
  );
}
