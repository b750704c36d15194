/** Fields whose exchanges overlap by so much of their union (Jaccard 1901) are taken for one thing. */
const SAME_EXCHANGES = 0.95;
/** Fields of one endpoint that are grouped, the most frequent first; the work grows with their square at worst. */
export const MAX_GROUPED_FIELDS = 2_000;
/** Pairs of fields that are held against each other; beyond, a field stays by itself. */
const MAX_PAIRS = 200_000;

/** A field and the sets of differing fields in which it stands. */
export interface Occurrence {
  readonly key: string;
  /** Indexes of outcome rows, rising. */
  readonly rows: readonly number[];
}

interface Crowd {
  readonly rows: readonly number[];
  readonly weight: number;
  readonly keys: string[];
}

/**
 * Groups fields that differ in the same exchanges. Each group has a leader, its most frequent field, and each field joins the
 * leader whose exchanges overlap most with its own, by 95 % of their union at least. So all fields of a group coincide with
 * one and the same field: they cannot drift apart along a chain of neighbours.
 * @param weights exchanges behind each outcome row
 * @returns keys, the most frequent first; groups by falling frequency of their leaders
 */
export function coincidingFields(
  occurrences: readonly Occurrence[],
  weights: readonly number[],
): readonly (readonly string[])[] {
  const groups: Crowd[] = [];
  let pairs = 0;
  for (const crowd of crowdsOf(occurrences, weights)) {
    let best: { readonly group: Crowd; readonly overlap: number } | undefined;
    // Leaders come by falling weight, and none can be like this one that weighs more than 1/0.95 of it.
    for (let at = groups.length - 1; at >= 0 && pairs < MAX_PAIRS; at--) {
      const group = groups[at];
      if (group === undefined || crowd.weight < group.weight * SAME_EXCHANGES) break;
      pairs += 1;
      const overlap = jaccard(group, crowd, weights);
      if (overlap >= SAME_EXCHANGES && overlap >= (best?.overlap ?? 0)) best = { group, overlap };
    }
    if (best === undefined) groups.push(crowd);
    else best.group.keys.push(...crowd.keys);
  }
  return groups.map(({ keys }) => keys);
}

/** Fields of exactly the same rows, by falling weight. */
function crowdsOf(occurrences: readonly Occurrence[], weights: readonly number[]): Crowd[] {
  const crowds = new Map<string, Crowd>();
  for (const { key, rows } of occurrences.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const name = rows.join();
    const known = crowds.get(name);
    if (known !== undefined) known.keys.push(key);
    else crowds.set(name, { rows, weight: weightOf(rows, weights), keys: [key] });
  }
  return [...crowds.values()].sort((a, b) => b.weight - a.weight);
}

/** @param weights of all rows */
export function weightOf(rows: readonly number[], weights: readonly number[]): number {
  return rows.reduce((sum, row) => sum + (weights[row] ?? 0), 0);
}

/** Exchanges of both by exchanges of either. */
function jaccard(a: Crowd, b: Crowd, weights: readonly number[]): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.rows.length && j < b.rows.length;) {
    const [left, right] = [a.rows[i] ?? 0, b.rows[j] ?? 0];
    if (left === right) shared += weights[left] ?? 0;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return shared / (a.weight + b.weight - shared);
}
