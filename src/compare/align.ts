import type { Budget } from "./budget.ts";
import { equal } from "./equal.ts";
import type { Identities } from "./identity.ts";
import type { Json } from "./json.ts";
import { sketch } from "./sketch.ts";

/** More unequal elements than this are paired by index without looking for moved ones. */
const MAX_ALIGNED = 20_000;

/** How the unequal elements of two arrays belong together; indexes into each. */
export interface Alignment {
  /** Elements that stand against each other and differ. */
  readonly changed: readonly (readonly [left: number, right: number])[];
  readonly missing: readonly number[];
  readonly extra: readonly number[];
  /** Elements that both arrays have stand in another order. */
  readonly reordered: boolean;
}

/**
 * Pairs the elements of two arrays. Equal elements find each other as multisets, so that one insertion is one
 * insertion; what is left is paired in order.
 */
export function align(
  left: readonly Json[],
  right: readonly Json[],
  identities: Identities,
  budget: Budget,
): Alignment {
  const [a, b] = left.length === right.length ? unequalAt(left, right, budget) : middles(left, right, budget);
  if (a.length === 0 || b.length === 0) return { changed: [], missing: a, extra: b, reordered: false };
  if ((a.length === 1 && b.length === 1) || a.length + b.length > MAX_ALIGNED) return inOrder(a, b, false);

  const sketchesA = a.map((index) => sketch(left[index] as Json, budget));
  const sketchesB = b.map((index) => sketch(right[index] as Json, budget));
  const shared = new Set(sketchesA).intersection(new Set(sketchesB));
  if (shared.size === 0) return inOrder(a, b, false);
  // Only elements that may have a partner are worth an exact look; the others get numbers that match nothing.
  const idsA = a.map((index, at) => (shared.has(sketchesA[at] as number) ? identities.of(left[index] as Json) : -1));
  const idsB = b.map((index, at) => (shared.has(sketchesB[at] as number) ? identities.of(right[index] as Json) : -2));
  if (budget.exhausted) return inOrder(a, b, false);
  const keptA = unmatched(idsA, idsB);
  const keptB = unmatched(idsB, idsA);
  const movedA = idsA.filter((_, at) => !keptA.has(at));
  const movedB = idsB.filter((_, at) => !keptB.has(at));
  return inOrder(
    a.filter((_, at) => keptA.has(at)),
    b.filter((_, at) => keptB.has(at)),
    movedA.some((id, at) => id !== movedB[at]),
  );
}

/** The indexes at which two arrays of one length differ. */
function unequalAt(left: readonly Json[], right: readonly Json[], budget: Budget): [number[], number[]] {
  // A single element is compared where it is walked: looking into it here too would cost depth times size.
  if (left.length === 1) return [[0], [0]];
  const indexes: number[] = [];
  for (let index = 0; index < left.length && budget.take(1); index += 1) {
    if (!equal(left[index] as Json, right[index] as Json, budget)) indexes.push(index);
  }
  return [indexes, indexes];
}

/** The indexes between a common beginning and a common end. */
function middles(left: readonly Json[], right: readonly Json[], budget: Budget): [number[], number[]] {
  const shorter = Math.min(left.length, right.length);
  const same = (i: number, j: number): boolean => budget.take(1) && equal(left[i] as Json, right[j] as Json, budget);
  let start = 0;
  while (start < shorter && same(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && same(left.length - 1 - end, right.length - 1 - end)) end += 1;
  return [range(start, left.length - end), range(start, right.length - end)];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** Positions in `ids` that find no partner in `others`, each of which is used once. */
function unmatched<Id>(ids: readonly Id[], others: readonly Id[]): ReadonlySet<number> {
  const free = new Map<Id, number>();
  for (const id of others) free.set(id, (free.get(id) ?? 0) + 1);
  const kept = new Set<number>();
  for (const [at, id] of ids.entries()) {
    const count = free.get(id) ?? 0;
    if (count === 0) kept.add(at);
    else free.set(id, count - 1);
  }
  return kept;
}

function inOrder(a: readonly number[], b: readonly number[], reordered: boolean): Alignment {
  const paired = Math.min(a.length, b.length);
  return {
    changed: a.slice(0, paired).map((left, at) => [left, b[at] as number] as const),
    missing: a.slice(paired),
    extra: b.slice(paired),
    reordered,
  };
}
