import type { ElementKeys } from "./element-keys.ts";

/** Limit on the pairs that a search for elements equal under the rules tries. */
const MAX_TRIES = 2_000;
const FREE = -1;
/** The key of the element does not occur on the other side: it has no partner. */
const UNMATCHED = -2;

/** The pairing of the elements of two arrays, as indexes into both. */
export interface ArrayAlignment {
  /** Paired elements that can differ. */
  readonly changed: readonly (readonly [left: number, right: number])[];
  readonly missing: readonly number[];
  readonly extra: readonly number[];
  /** Whether shared elements have another order. */
  readonly isReordered: boolean;
  /** What has paired elements at different indexes; undefined if nothing has: then the elements that are left pair in order. */
  readonly matching?: ElementMatching | undefined;
}

/** Finds partners step by step. Each element has at most one partner, found by any step. */
export class ElementMatching {
  readonly #a: readonly number[];
  readonly #b: readonly number[];
  /** The number of its pair for each element, or FREE or UNMATCHED. */
  readonly #inA: number[];
  readonly #inB: number[];
  readonly #changed: [number, number][] = [];
  #pairCount = 0;
  /** Whether all equal elements have been paired. */
  #hasMatchedEqual = false;

  /**
   * @param a ascending indexes of the elements of the left array that need a partner
   * @param b the same for the right array
   */
  constructor(a: readonly number[], b: readonly number[]) {
    this.#a = a;
    this.#b = b;
    this.#inA = a.map(() => FREE);
    this.#inB = b.map(() => FREE);
  }

  get freeLeft(): readonly number[] {
    return this.#a.filter((_, at) => this.#inA[at] === FREE);
  }

  get freeRight(): readonly number[] {
    return this.#b.filter((_, at) => this.#inB[at] === FREE);
  }

  /** Pairs elements with the same key. Elements whose key does not occur on the other side get no partner in any later step. */
  pairByKey({ left, right }: ElementKeys): void {
    const positions = new Map(this.#freeIndexes(this.#inB).map((at) => [right[this.#b[at] as number], at] as const));
    positions.delete(undefined);
    for (const at of this.#freeIndexes(this.#inA)) {
      const key = left[this.#a[at] as number];
      if (key === undefined) continue;
      const partner = positions.get(key);
      if (partner === undefined) this.#inA[at] = UNMATCHED;
      else this.#pair(at, partner, true);
    }
    for (const partner of positions.values()) if (this.#inB[partner] === FREE) this.#inB[partner] = UNMATCHED;
  }

  /**
   * Pairs equal elements as multisets.
   * @param idsA ids of the free elements of the left array: equal elements have equal ids; undefined matches nothing
   * @param canDiffer whether the pairs are equal only under the rules and are still walked
   */
  pairById(idsA: readonly (number | undefined)[], idsB: readonly (number | undefined)[], canDiffer: boolean): void {
    const [freeA, freeB] = [this.#freeIndexes(this.#inA), this.#freeIndexes(this.#inB)];
    this.#hasMatchedEqual = true;
    const byElementId = new Map<number, number[]>();
    for (const [at, id] of idsB.entries()) {
      if (id === undefined) continue;
      const known = byElementId.get(id);
      if (known === undefined) byElementId.set(id, [freeB[at] as number]);
      else known.push(freeB[at] as number);
    }
    for (const known of byElementId.values()) known.reverse();
    for (const [at, id] of idsA.entries()) {
      const partner = id === undefined ? undefined : byElementId.get(id)?.pop();
      if (partner !== undefined) this.#pair(freeA[at] as number, partner, canDiffer);
    }
  }

  /** Pairs each free element with one that satisfies the predicate: the one at the same index, otherwise the first. */
  pairByPredicate(matches: (left: number, right: number) => boolean): void {
    let tries = MAX_TRIES;
    const pairIf = (a: number, b: number): boolean => {
      tries -= 1;
      const isMatch = matches(this.#a[a] as number, this.#b[b] as number);
      if (isMatch) this.#pair(a, b, true);
      return isMatch;
    };
    for (const a of this.#freeIndexes(this.#inA)) if (tries > 0 && this.#inB[a] === FREE) pairIf(a, a);
    for (const a of this.#freeIndexes(this.#inA)) {
      this.#freeIndexes(this.#inB).some((b) => tries <= 0 || pairIf(a, b));
      if (tries > 0) continue;
      this.#hasMatchedEqual = false;
      return;
    }
  }

  /** The pairs found so far, in the order of the left array. */
  get pairs(): readonly (readonly [left: number, right: number])[] {
    const rightOf = new Map(this.#inB.map((pair, at) => [pair, this.#b[at] as number]));
    return this.#inA.flatMap((pair, at) => (pair < 0 ? [] : [[this.#a[at] as number, rightOf.get(pair) as number]]));
  }

  /** Records that no free element has an equal partner. */
  recordNoneEqual(): void {
    this.#hasMatchedEqual = true;
  }

  /** Pairs the free elements in order. The rest is missing or extra. */
  pairInOrder(): ArrayAlignment {
    const [a, b] = [this.#freeIndexes(this.#inA), this.#freeIndexes(this.#inB)];
    const paired = Math.min(a.length, b.length);
    const before = this.#hasNewOrder();
    for (let at = 0; at < paired; at += 1) this.#pair(a[at] as number, b[at] as number, true);
    // Elements that are paired in order can be equal, and then only their order differs.
    const isReordered = this.#hasMatchedEqual ? before : this.#hasNewOrder();
    return {
      changed: this.#changed.toSorted(([one], [other]) => one - other),
      missing: this.#a.filter((_, at) => (this.#inA[at] as number) < 0),
      extra: this.#b.filter((_, at) => (this.#inB[at] as number) < 0),
      isReordered,
      matching: this,
    };
  }

  #pair(a: number, b: number, changed: boolean): void {
    this.#inA[a] = this.#pairCount;
    this.#inB[b] = this.#pairCount;
    this.#pairCount += 1;
    if (changed) this.#changed.push([this.#a[a] as number, this.#b[b] as number]);
  }

  #freeIndexes(pairs: readonly number[]): number[] {
    return [...pairs.keys()].filter((at) => pairs[at] === FREE);
  }

  #hasNewOrder(): boolean {
    const right = this.#inB.filter((pair) => pair >= 0);
    let at = 0;
    for (const pair of this.#inA) if (pair >= 0 && pair !== right[at++]) return true;
    return false;
  }
}
