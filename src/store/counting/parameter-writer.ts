import { readQueryNames } from "../../endpoints/query-parameters.ts";
import type { ParameterCounts } from "../../model/difference.ts";
import { decodeParameters, encodeParameters } from "../packing/parameter-counts.ts";
import type { BatchSums } from "./batch-sums.ts";

/** Maximum number of names per endpoint and candidate. Exchanges with further ones are counted together. */
const MAX_NAMES = 32;

/** The counts of sets of fields by the names of query parameters; see `encodeParameters`. */
export interface ParameterRows {
  /** The stored counts of a set. */
  get(setKey: number): string | undefined;
  put(setKey: number, counts: string): void;
  /** The stored counts of all sets of an endpoint. */
  ofEndpoint(endpointKey: number): readonly string[];
}

type GrowingCounts = { -readonly [Name in keyof ParameterCounts]: ParameterCounts[Name] } & {
  readonly names: Map<string, number>;
};

/**
 * Counts exchanges by the names of their query parameters. The names of an endpoint are cached: call `forget` after another
 * process has written, and after a rollback.
 */
export class ParameterWriter {
  readonly #rows: ParameterRows;
  /** By endpoint key. */
  readonly #names = new Map<number, Set<string>>();

  constructor(rows: ParameterRows) {
    this.#rows = rows;
  }

  forget(): void {
    this.#names.clear();
  }

  /** Must run within a transaction. */
  write({ queries }: Pick<BatchSums, "queries">): void {
    for (const [set, rows] of Map.groupBy(queries.rows(), ({ key }) => key[1])) {
      const counts = this.#read(set);
      for (const { key, count } of rows) this.#add(counts, { endpoint: key[0], query: key[2], count });
      this.#rows.put(set, encodeParameters(counts));
    }
  }

  #add(
    counts: GrowingCounts,
    row: { readonly endpoint: number; readonly query: string; readonly count: number },
  ): void {
    const { endpoint, query, count } = row;
    const { names, hasMore } = readQueryNames(query);
    const known = this.#namesOf(endpoint);
    let isOther = hasMore;
    for (const name of names) {
      if (known.size < MAX_NAMES) known.add(name);
      if (known.has(name)) counts.names.set(name, (counts.names.get(name) ?? 0) + count);
      else isOther = true;
    }
    counts.counted += count;
    if (names.length === 0) counts.none += count;
    if (isOther) counts.other += count;
  }

  #read(set: number): GrowingCounts {
    const stored = this.#rows.get(set);
    if (stored === undefined) return { counted: 0, none: 0, other: 0, names: new Map() };
    const counts = decodeParameters(stored);
    return { ...counts, names: new Map(counts.names) };
  }

  #namesOf(endpoint: number): Set<string> {
    const known = this.#names.get(endpoint);
    if (known !== undefined) return known;
    const loaded = new Set(this.#rows.ofEndpoint(endpoint).flatMap((text) => [...decodeParameters(text).names.keys()]));
    this.#names.set(endpoint, loaded);
    return loaded;
  }
}
