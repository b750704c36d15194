import type { ElementKeys } from "./element-keys.ts";

/** Pairs of elements that a search for equal ones tries, at most. */
const MAX_TRIES = 2_000;
const FREE = -1;
/** Has a key that the other side has not: stands against nothing. */
const ALONE = -2;

/** How the elements of two arrays belong together; indexes into each. */
export interface ArrayAlignment {
  /** Elements that stand against each other and may differ. */
  readonly changed: readonly (readonly [left: number, right: number])[];
  readonly missing: readonly number[];
  readonly extra: readonly number[];
  /** Elements that both arrays have stand in another order. */
  readonly reordered: boolean;
}

/** Finds partners step by step. Every element has one partner at most, whatever step finds it. */
export class ElementMatching {
  readonly #a: readonly number[];
  readonly #b: readonly number[];
  /** For each of them the number of its pair, or that it has none. */
  readonly #inA: number[];
  readonly #inB: number[];
  readonly #changed: [number, number][] = [];
  #pairs = 0;
  /** No two elements that are still free are equal. */
  #searched = false;

  /** @param a indexes into the left array, ascending, of what needs a partner; @param b into the right one */
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

  /** Pairs what has the same key. What has a key that the other side has not stays alone. */
  byKey({ left, right }: ElementKeys): void {
    const positions = new Map(this.#positions(this.#inB).map((at) => [right[this.#b[at] as number], at] as const));
    positions.delete(undefined);
    for (const at of this.#positions(this.#inA)) {
      const key = left[this.#a[at] as number];
      if (key === undefined) continue;
      const partner = positions.get(key);
      if (partner === undefined) this.#inA[at] = ALONE;
      else this.#pair(at, partner, true);
    }
    for (const partner of positions.values()) if (this.#inB[partner] === FREE) this.#inB[partner] = ALONE;
  }

  /**
   * Pairs equal elements as multisets.
   * @param idsA of the free elements of the left array: equal elements have equal numbers; undefined matches nothing
   * @param walk whether pairs are to be looked into nevertheless
   */
  byIdentity(idsA: readonly (number | undefined)[], idsB: readonly (number | undefined)[], walk: boolean): void {
    const [freeA, freeB] = [this.#positions(this.#inA), this.#positions(this.#inB)];
    this.#searched = true;
    const places = new Map<number, number[]>();
    for (const [at, id] of idsB.entries()) {
      if (id === undefined) continue;
      const known = places.get(id);
      if (known === undefined) places.set(id, [freeB[at] as number]);
      else known.push(freeB[at] as number);
    }
    for (const known of places.values()) known.reverse();
    for (const [at, id] of idsA.entries()) {
      const partner = id === undefined ? undefined : places.get(id)?.pop();
      if (partner !== undefined) this.#pair(freeA[at] as number, partner, walk);
    }
  }

  /** Pairs each free element with one that is as good as equal to it: with the one at its own place, or the first. */
  byLikeness(alike: (left: number, right: number) => boolean): void {
    let tries = MAX_TRIES;
    const pairIf = (a: number, b: number): boolean => {
      tries -= 1;
      const pair = alike(this.#a[a] as number, this.#b[b] as number);
      if (pair) this.#pair(a, b, true);
      return pair;
    };
    for (const a of this.#positions(this.#inA)) if (tries > 0 && this.#inB[a] === FREE) pairIf(a, a);
    for (const a of this.#positions(this.#inA)) {
      this.#positions(this.#inB).some((b) => tries <= 0 || pairIf(a, b));
      if (tries > 0) continue;
      this.#searched = false;
      return;
    }
  }

  /** Nothing that is still free has an equal partner. */
  noneEqual(): void {
    this.#searched = true;
  }

  /** Pairs what is still free in order; the rest is missing or extra. */
  inOrder(): ArrayAlignment {
    const [a, b] = [this.#positions(this.#inA), this.#positions(this.#inB)];
    const paired = Math.min(a.length, b.length);
    const before = this.#isReordered();
    for (let at = 0; at < paired; at += 1) this.#pair(a[at] as number, b[at] as number, true);
    // What is paired in order may be equal, and then only its place among the others tells a difference.
    const reordered = this.#searched ? before : this.#isReordered();
    return {
      changed: this.#changed.toSorted(([one], [other]) => one - other),
      missing: this.#a.filter((_, at) => (this.#inA[at] as number) < 0),
      extra: this.#b.filter((_, at) => (this.#inB[at] as number) < 0),
      reordered,
    };
  }

  #pair(a: number, b: number, changed: boolean): void {
    this.#inA[a] = this.#pairs;
    this.#inB[b] = this.#pairs;
    this.#pairs += 1;
    if (changed) this.#changed.push([this.#a[a] as number, this.#b[b] as number]);
  }

  #positions(pairs: readonly number[]): number[] {
    return [...pairs.keys()].filter((at) => pairs[at] === FREE);
  }

  #isReordered(): boolean {
    const right = this.#inB.filter((pair) => pair >= 0);
    let at = 0;
    for (const pair of this.#inA) if (pair >= 0 && pair !== right[at++]) return true;
    return false;
  }
}
