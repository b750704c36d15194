/** Fields are grouped if the exchanges of both are this share of the exchanges of either (Jaccard 1901). */
const MIN_OVERLAP = 0.95;
/** Fields of one endpoint that are grouped, most frequent first; the work grows with their square at worst. */
export const MAX_GROUPED_FIELDS = 2_000;
/** Pairs of fields that are compared; beyond it, a field stays in a group of its own. */
const MAX_PAIRS = 200_000;

/** A field and the outcome rows in which it differs. */
export interface FieldRows {
  readonly key: string;
  /** Indexes of outcome rows, ascending. */
  readonly rows: readonly number[];
}

/** Fields with the same leader. */
interface FieldGroup {
  /** The rows of the leader. */
  readonly rows: readonly number[];
  readonly weight: number;
  readonly keys: string[];
}

/**
 * Groups fields that differ in the same exchanges. The leader of a group is its most frequent field. Each field joins the
 * leader with the largest overlap, if it is at least 95%. So all fields of a group coincide with the same field and cannot
 * drift apart along a chain of neighbors.
 * @param weights exchanges of each outcome row
 * @returns keys, most frequent first; groups by descending frequency of their leaders
 */
export function coincidingFields(
  fields: readonly FieldRows[],
  weights: readonly number[],
): readonly (readonly string[])[] {
  const groups: FieldGroup[] = [];
  let pairs = 0;
  for (const candidate of groupEqualRows(fields, weights)) {
    let best: { readonly group: FieldGroup; readonly overlap: number } | undefined;
    // Leaders are in descending order of weight, and one that weighs more than 1/0.95 of this field cannot overlap enough.
    for (let at = groups.length - 1; at >= 0 && pairs < MAX_PAIRS; at--) {
      const group = groups[at];
      if (group === undefined || candidate.weight < group.weight * MIN_OVERLAP) break;
      pairs += 1;
      const overlap = jaccard(group, candidate, weights);
      if (overlap >= MIN_OVERLAP && overlap >= (best?.overlap ?? 0)) best = { group, overlap };
    }
    if (best === undefined) groups.push(candidate);
    else best.group.keys.push(...candidate.keys);
  }
  return groups.map(({ keys }) => keys);
}

/** Groups fields with exactly the same rows, by descending weight. */
function groupEqualRows(fields: readonly FieldRows[], weights: readonly number[]): FieldGroup[] {
  const groups = new Map<string, FieldGroup>();
  for (const { key, rows } of fields.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const name = rows.join();
    const known = groups.get(name);
    if (known !== undefined) known.keys.push(key);
    else groups.set(name, { rows, weight: weightOf(rows, weights), keys: [key] });
  }
  return [...groups.values()].sort((a, b) => b.weight - a.weight);
}

/** The sum of the weights of some rows. @param weights of all rows */
export function weightOf(rows: readonly number[], weights: readonly number[]): number {
  return rows.reduce((sum, row) => sum + (weights[row] ?? 0), 0);
}

/** Exchanges in both groups divided by exchanges in either. */
function jaccard(a: FieldGroup, b: FieldGroup, weights: readonly number[]): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.rows.length && j < b.rows.length;) {
    const [left, right] = [a.rows[i] ?? 0, b.rows[j] ?? 0];
    if (left === right) shared += weights[left] ?? 0;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return shared / (a.weight + b.weight - shared);
}
