import { LRUCache } from "lru-cache";
import type { PerEndpoint } from "../../store.ts";

/** An endpoint of a candidate's run. */
export interface Place {
  /** In the database. One that was deleted leaves its key to another. */
  readonly key: number;
  readonly candidate: string;
  readonly route: string;
  readonly endpoint: string;
}

/** How something that is stored of an endpoint is decoded. */
export interface Decoding<Raw, Rows> {
  decode(raw: Raw, place: Place): Rows;
  isSame(one: Raw, other: Raw): boolean;
  /** What it takes to keep it, in a unit of its own. */
  sizeOf(raw: Raw): number;
  readonly maxSize: number;
}

/**
 * What was read of each endpoint when it was last asked for. It is read from the database every time, and held against what
 * was read before: only what has changed is decoded, so that what is given is the same object until then, whoever writes.
 */
export class LastReading<Raw, Rows> {
  readonly #decoding: Decoding<Raw, Rows>;
  readonly #known: LRUCache<number, { readonly place: Place; readonly raw: Raw; readonly of: PerEndpoint<Rows> }>;

  constructor(decoding: Decoding<Raw, Rows>) {
    this.#decoding = decoding;
    this.#known = new LRUCache({
      maxSize: decoding.maxSize,
      sizeCalculation: ({ raw }) => Math.max(1, decoding.sizeOf(raw)),
    });
  }

  /** @param raw as it stands in the database now */
  of(place: Place, raw: Raw): PerEndpoint<Rows> {
    const known = this.#known.get(place.key);
    if (known !== undefined && isSamePlace(known.place, place) && this.#decoding.isSame(known.raw, raw))
      return known.of;
    const { route, endpoint } = place;
    const of = { route, endpoint, rows: this.#decoding.decode(raw, place) };
    this.#known.set(place.key, { place, raw, of });
    return of;
  }
}

function isSamePlace(one: Place, other: Place): boolean {
  return one.route === other.route && one.endpoint === other.endpoint && one.candidate === other.candidate;
}
