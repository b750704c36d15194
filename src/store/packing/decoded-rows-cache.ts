import { LRUCache } from "lru-cache";
import type { PerEndpoint } from "../store.ts";

/** An endpoint of a run as it is compared with one candidate. */
export interface EndpointRow {
  /** Primary key. SQLite can reuse the key of a deleted endpoint. */
  readonly key: number;
  readonly candidate: string;
  readonly route: string;
  readonly endpoint: string;
}

/** Decodes the stored rows of an endpoint. */
export interface RowsDecoder<Raw, Rows> {
  decode(raw: Raw, endpoint: EndpointRow): Rows;
  isSame(one: Raw, other: Raw): boolean;
  /** The size of a cached entry, in the unit of `maxSize`. */
  sizeOf(raw: Raw): number;
  readonly maxSize: number;
}

/**
 * Caches the decoded rows of each endpoint. The raw rows are read from the database every time, whichever process wrote them,
 * and decoded only if they have changed. Until then the cache returns the same object.
 */
export class DecodedRowsCache<Raw, Rows> {
  readonly #decoder: RowsDecoder<Raw, Rows>;
  readonly #entries: LRUCache<
    number,
    { readonly endpoint: EndpointRow; readonly raw: Raw; readonly decoded: PerEndpoint<Rows> }
  >;

  constructor(decoder: RowsDecoder<Raw, Rows>) {
    this.#decoder = decoder;
    this.#entries = new LRUCache({
      maxSize: decoder.maxSize,
      sizeCalculation: ({ raw }) => Math.max(1, decoder.sizeOf(raw)),
    });
  }

  /** @param raw the current rows of the endpoint in the database */
  decode(endpoint: EndpointRow, raw: Raw): PerEndpoint<Rows> {
    const cached = this.#entries.get(endpoint.key);
    if (cached !== undefined && isSameEndpoint(cached.endpoint, endpoint) && this.#decoder.isSame(cached.raw, raw))
      return cached.decoded;
    const rows = this.#decoder.decode(raw, endpoint);
    const decoded = { route: endpoint.route, endpoint: endpoint.endpoint, rows };
    this.#entries.set(endpoint.key, { endpoint, raw, decoded });
    return decoded;
  }
}

function isSameEndpoint(one: EndpointRow, other: EndpointRow): boolean {
  return one.route === other.route && one.endpoint === other.endpoint && one.candidate === other.candidate;
}
