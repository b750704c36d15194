import { OTHER_STRATA } from "../../model/explain/attribute.ts";

/** Strata of an endpoint besides the one of matches. Further ones are one together. */
const MAX_STRATA = 32;
/** Records of the strata of matches and of all further ones; and of each other one. */
const LARGE_STRATUM = 256;
const STRATUM = 96;

/** An exchange by which records compete for their places. */
export interface Ranked {
  readonly id: string;
  /** See `sampleDraw` in lib/stable-draw.ts. */
  readonly draw: number;
}

/** All exchanges of a stratum whose draw is below its limit. */
export interface Stratum<Member extends Ranked> {
  readonly name: string;
  readonly limit: number;
  /** By draw, then by id. */
  readonly members: readonly Member[];
}

class OpenStratum<Member extends Ranked> implements Stratum<Member> {
  readonly name: string;
  limit: number;
  readonly members: Member[];

  constructor({ name, limit, members }: Stratum<Member>) {
    this.name = name;
    this.limit = limit;
    this.members = [...members];
  }

  /** @returns whether anything has changed */
  add(members: readonly Member[], limit: number, isFull: boolean): boolean {
    const [limitBefore, countBefore] = [this.limit, this.members.length];
    const capacity = isFull ? Math.min(capacityOf(this.name), countBefore) : capacityOf(this.name);
    this.limit = Math.min(limitBefore, limit);
    const added = members.filter((member) => this.#insert(member));
    // Without any, the limit says that none was looked for.
    if (capacity === 0) this.limit = 0;
    else if (this.members.length > capacity) this.limit = Math.min(this.limit, this.members[capacity]?.draw ?? 1);
    if (this.limit < limitBefore || added.length > 0) {
      const end = this.members.findIndex(({ draw }) => draw >= this.limit);
      if (end !== -1) this.members.length = end;
    }
    return this.limit < limitBefore || added.some(({ draw }) => draw < this.limit);
  }

  #insert(member: Member): boolean {
    if (member.draw >= this.limit) return false;
    let [from, to] = [0, this.members.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (compareRanks(this.members[middle] as Member, member) < 0) from = middle + 1;
      else to = middle;
    }
    const next = this.members[from];
    if (next?.draw === member.draw && next.id === member.id) return false;
    this.members.splice(from, 0, member);
    return true;
  }
}

/** What has happened to the strata of an endpoint. */
export interface StrataChange {
  /** The strata that have changed. */
  readonly changed: readonly string[];
  /** A stratum that is no longer one: it is part of `OTHER_STRATA` now. */
  readonly joined: string | null;
}

/**
 * Samples of the strata of an endpoint: of each, the records with the smallest draws; and of the strata, those with the smallest
 * names, which are digests. So the result depends only on which records were ever added, not on their order or on who has
 * added them, as long as it is not full.
 */
export class BoundedStrata<Member extends Ranked> {
  readonly #strata: Map<string, OpenStratum<Member>>;

  constructor(strata: Iterable<Stratum<Member>> = []) {
    this.#strata = new Map(Array.from(strata, (stratum) => [stratum.name, new OpenStratum(stratum)]));
  }

  get(name: string): Stratum<Member> | undefined {
    return this.#strata.get(name);
  }

  /** By name. */
  all(): readonly Stratum<Member>[] {
    return [...this.#strata.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @param isFull no stratum may grow: a record can only take the place of another one */
  add({ name, limit, members }: Stratum<Member>, isFull = false): StrataChange {
    const { own, joined } = this.#place(name);
    const changed = joined === null ? [] : [OTHER_STRATA];
    if (joined !== null) this.#open(OTHER_STRATA).add(joined.members, joined.limit, false);
    const isNew = !this.#strata.has(own);
    if ((this.#open(own).add(members, limit, isFull) || isNew) && !changed.includes(own)) changed.push(own);
    return { changed, joined: joined?.name ?? null };
  }

  /** The stratum to which a record belongs, and the one that makes room for it. */
  #place(name: string): { readonly own: string; readonly joined: OpenStratum<Member> | null } {
    if (name === "" || name === OTHER_STRATA || this.#strata.has(name)) return { own: name, joined: null };
    const named = [...this.#strata.keys()].filter((each) => each !== "" && each !== OTHER_STRATA);
    if (named.length < MAX_STRATA) return { own: name, joined: null };
    const largest = named.reduce((last, each) => (each > last ? each : last), "");
    if (name > largest) return { own: OTHER_STRATA, joined: null };
    const joined = this.#open(largest);
    this.#strata.delete(largest);
    return { own: name, joined };
  }

  #open(name: string): OpenStratum<Member> {
    const known = this.#strata.get(name) ?? new OpenStratum<Member>({ name, limit: 1, members: [] });
    this.#strata.set(name, known);
    return known;
  }
}

function capacityOf(name: string): number {
  return name === "" || name === OTHER_STRATA ? LARGE_STRATUM : STRATUM;
}

function compareRanks(one: Ranked, other: Ranked): number {
  return one.draw - other.draw || (one.id < other.id ? -1 : one.id === other.id ? 0 : 1);
}
