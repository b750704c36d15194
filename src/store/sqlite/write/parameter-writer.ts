import type { Database } from "better-sqlite3";
import { readQueryNames } from "../../../endpoints/query-parameters.ts";
import type { ParameterCounts } from "../../../model/difference.ts";
import { decodeParameters, encodeParameters } from "../parameter-counts.ts";
import type { BatchSums } from "./batch-sums.ts";

/** Maximum number of names per endpoint and candidate. Exchanges with further ones are counted together. */
const MAX_NAMES = 32;

type GrowingCounts = { -readonly [Name in keyof ParameterCounts]: ParameterCounts[Name] } & {
  readonly names: Map<string, number>;
};

/**
 * Counts exchanges by the names of their query parameters. The names of an endpoint are cached: call `forget` after another
 * process has written, and after a rollback.
 */
export class ParameterWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** By endpoint key. */
  readonly #names = new Map<number, Set<string>>();

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  forget(): void {
    this.#names.clear();
  }

  /** Must run within a transaction. */
  write({ queries }: Pick<BatchSums, "queries">): void {
    for (const [set, rows] of Map.groupBy(queries.rows(), ({ key }) => key[1])) {
      const counts = this.#read(set);
      for (const { key, count } of rows) this.#add(counts, { endpoint: key[0], query: key[2], count });
      this.#statements.put.run(set, encodeParameters(counts));
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
    const stored = this.#statements.get.get(set);
    if (stored === undefined) return { counted: 0, none: 0, other: 0, names: new Map() };
    const counts = decodeParameters(stored);
    return { ...counts, names: new Map(counts.names) };
  }

  #namesOf(endpoint: number): Set<string> {
    const known = this.#names.get(endpoint);
    if (known !== undefined) return known;
    const loaded = new Set(
      this.#statements.ofEndpoint.all(endpoint).flatMap((text) => [...decodeParameters(text).names.keys()]),
    );
    this.#names.set(endpoint, loaded);
    return loaded;
  }
}

function prepareStatements(db: Database) {
  return {
    get: db.prepare<[number], string>("SELECT counts FROM parameter_counts WHERE set_key = ?").pluck(),
    put: db.prepare<[number, string]>(
      `INSERT INTO parameter_counts (set_key, counts) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET counts = excluded.counts`,
    ),
    ofEndpoint: db
      .prepare<[number], string>(
        "SELECT counts FROM outcome_set JOIN parameter_counts ON set_key = outcome_set.key WHERE endpoint_key = ?",
      )
      .pluck(),
  };
}
