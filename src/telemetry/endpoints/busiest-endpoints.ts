import type { EndpointComparisons } from "./endpoint-tally.ts";

/** The name under which all endpoints of a route count that are not among the busiest. */
const OTHER_ENDPOINTS = "(other)";

/** How often a busier endpoint can take the place of another one. */
const REVIEW_MS = 60_000;
/** Older traffic counts half after this time. */
const HALF_LIFE_MS = 600_000;
/** An endpoint takes the place of another one when it is so many times as busy, and by so many exchanges. */
const BUSIER_FACTOR = 2;
const BUSIER_EXCHANGES = 100;
/** Endpoints whose traffic is known, as a multiple of those that are listed; further ones count as others. */
const MAX_KNOWN_FACTOR = 50;

interface CandidateCounts {
  matched: number;
  differed: number;
}

interface KnownEndpoint {
  readonly route: string;
  readonly name: string;
  /** Exchanges, the older the less. */
  recent: number;
  isListed: boolean;
  /** By candidate: those counted while it was listed. */
  readonly counts: Map<string, CandidateCounts>;
}

/**
 * Counts the comparisons of the busiest endpoints by name, and those of all others together. An endpoint keeps its place until
 * another one is clearly busier, so that endpoints with similar traffic do not alternate. What was counted stays where it was
 * counted: no count decreases, and an endpoint that returns before its traffic is forgotten goes on from its old count.
 */
export class BusiestEndpoints {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #known = new Map<string, KnownEndpoint>();
  /** By route. */
  readonly #others = new Map<string, Map<string, CandidateCounts>>();
  #listed = 0;
  #reviewedAt: number;

  /** @param limit number of endpoints that are listed by name @param now monotonic milliseconds */
  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
    this.#reviewedAt = now();
  }

  add(rows: readonly EndpointComparisons[]): void {
    for (const { route, endpoint, matched, differed } of rows) {
      const known = this.#find(route, endpoint);
      if (known !== undefined) known.recent += matched + differed;
    }
    this.#fillPlaces();
    if (this.#now() - this.#reviewedAt >= REVIEW_MS) this.#review();
    for (const { route, endpoint, candidate, matched, differed } of rows) {
      const known = this.#known.get(keyOf(route, endpoint));
      const others = entry(this.#others, route, () => new Map<string, CandidateCounts>());
      // From the first exchange on, because a rate does not include the first value of a series.
      const other = entry(others, candidate, noCounts);
      const counts = known?.isListed === true ? entry(known.counts, candidate, noCounts) : other;
      counts.matched += matched;
      counts.differed += differed;
    }
  }

  /** The counts of the listed endpoints, and of all others of each route. */
  get series(): readonly EndpointComparisons[] {
    const listed = [...this.#known.values()].filter(({ isListed }) => isListed);
    return [
      ...listed.flatMap(({ route, name, counts }) => rowsOf(route, name, counts)),
      ...[...this.#others].flatMap(([route, counts]) => rowsOf(route, OTHER_ENDPOINTS, counts)),
    ];
  }

  #find(route: string, name: string): KnownEndpoint | undefined {
    const key = keyOf(route, name);
    const found = this.#known.get(key);
    if (found !== undefined || this.#known.size >= this.#limit * MAX_KNOWN_FACTOR) return found;
    const known: KnownEndpoint = { route, name, recent: 0, isListed: false, counts: new Map() };
    this.#known.set(key, known);
    return known;
  }

  #fillPlaces(): void {
    if (this.#listed >= this.#limit) return;
    for (const known of this.#byTraffic(false).slice(0, this.#limit - this.#listed)) this.#list(known, true);
  }

  #review(): void {
    const passedMs = this.#now() - this.#reviewedAt;
    this.#reviewedAt = this.#now();
    for (const known of this.#known.values()) known.recent *= 0.5 ** (passedMs / HALF_LIFE_MS);
    const quietest = this.#byTraffic(true).toReversed();
    for (const [index, busier] of this.#byTraffic(false).entries()) {
      const listed = quietest[index];
      if (listed === undefined || busier.recent < listed.recent * BUSIER_FACTOR + BUSIER_EXCHANGES) break;
      this.#list(listed, false);
      this.#list(busier, true);
    }
    for (const [key, { isListed, recent }] of this.#known) if (!isListed && recent < 1) this.#known.delete(key);
  }

  #list(known: KnownEndpoint, isListed: boolean): void {
    known.isListed = isListed;
    this.#listed += isListed ? 1 : -1;
  }

  /** The busiest first. */
  #byTraffic(isListed: boolean): readonly KnownEndpoint[] {
    return [...this.#known.values()]
      .filter((known) => known.isListed === isListed)
      .toSorted((one, other) => other.recent - one.recent);
  }
}

function keyOf(route: string, endpoint: string): string {
  return `${route}\u0000${endpoint}`;
}

function noCounts(): CandidateCounts {
  return { matched: 0, differed: 0 };
}

function entry<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}

function rowsOf(
  route: string,
  endpoint: string,
  counts: ReadonlyMap<string, CandidateCounts>,
): readonly EndpointComparisons[] {
  return [...counts].map(([candidate, { matched, differed }]) => ({ route, endpoint, candidate, matched, differed }));
}
