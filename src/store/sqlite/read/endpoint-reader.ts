import type { Database } from "better-sqlite3";
import type { RelationCount, StatusPairCount } from "../../../model/difference.ts";
import type { LatencyHistograms, LatencySample, PerEndpoint, OutcomeRow } from "../../store.ts";
import { decodeFields } from "../column-encoding.ts";
import { unpackHistograms } from "../latency-histogram.ts";
import { DecodedRowsCache, type EndpointRow, type RowsDecoder } from "./decoded-rows-cache.ts";
import { unpackPairs } from "../latency-pair-reservoir.ts";

/** Raw columns of a row; the first is the key of the endpoint. */
type Columns = readonly [key: number, ...unknown[]];
type OutcomeColumns = readonly [
  number,
  paired: number,
  overflow: number,
  beyondCap: number,
  fields: string,
  count: number,
];
type RelationColumns = readonly [number, string, string, string, string, number];
type StatusColumns = readonly [number, role: StatusPairCount["role"], primary: number, other: number, count: number];
type PackedColumns = readonly [key: number, packed: Buffer];

/** Limits of each cache. A set of differences takes some 3 KB, including the memoized results of the reports. */
const MAX_ROWS = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads the counts that are stored per endpoint. */
export class EndpointReader {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #outcomes = new DecodedRowsCache(cachedByRows(toOutcome));
  readonly #relations = new DecodedRowsCache(cachedByRows(toRelation));
  readonly #statuses = new DecodedRowsCache(cachedByRows(toStatusPair));
  readonly #latencies = new DecodedRowsCache(cachedByBytes(unpackHistograms));
  readonly #pairs = new DecodedRowsCache(cachedByBytes(unpackPairs));

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  outcomes(runId: string, candidate: string): readonly PerEndpoint<readonly OutcomeRow[]>[] {
    return this.#rows({ runId, candidate }, this.#statements.outcomes, this.#outcomes);
  }

  relations(runId: string, candidate: string): readonly PerEndpoint<readonly RelationCount[]>[] {
    return this.#rows({ runId, candidate }, this.#statements.relations, this.#relations);
  }

  statuses(runId: string, candidate: string): readonly PerEndpoint<readonly StatusPairCount[]>[] {
    return this.#rows({ runId, candidate }, this.#statements.statuses, this.#statuses);
  }

  latencies(runId: string, candidate: string): readonly PerEndpoint<LatencyHistograms>[] {
    const run = { runId, candidate };
    return this.#decode(run, this.#latencies, this.#statements.latencies.all(run));
  }

  latencyPairs(runId: string, candidate: string, endpoint: string | undefined): readonly LatencySample[] {
    const run = { runId, candidate };
    const samples = this.#statements.latencyPairs.all({ ...run, endpoint: endpoint ?? null });
    return this.#decode(run, this.#pairs, samples);
  }

  #rows<Raw extends Columns, Row>(
    run: RunAndCandidate,
    statement: { all(run: RunAndCandidate): readonly Raw[] },
    cache: DecodedRowsCache<readonly Raw[], readonly Row[]>,
  ): readonly PerEndpoint<readonly Row[]>[] {
    const rows = statement.all(run);
    const endpoints: (readonly [key: number, rows: readonly Raw[]])[] = [];
    for (let from = 0, to = 0; from < rows.length; from = to) {
      const key = rows[from]?.[0] ?? 0;
      while (rows[to]?.[0] === key) to += 1;
      endpoints.push([key, rows.slice(from, to)]);
    }
    return this.#decode(run, cache, endpoints);
  }

  /** The name of an endpoint is read once, not with each of its rows. */
  #decode<Raw, Rows>(
    run: RunAndCandidate,
    cache: DecodedRowsCache<Raw, Rows>,
    endpoints: readonly (readonly [key: number, raw: Raw])[],
  ): readonly PerEndpoint<Rows>[] {
    const names = new Map(this.#statements.endpoints.all(run).map((endpoint) => [endpoint.key, endpoint]));
    return endpoints.flatMap(([key, raw]) => {
      // Outside a snapshot, retention can delete an endpoint between the two queries.
      const endpoint = names.get(key);
      return endpoint === undefined ? [] : [cache.decode(endpoint, raw)];
    });
  }
}

interface RunAndCandidate {
  readonly runId: string;
  readonly candidate: string;
}

function cachedByRows<Raw extends Columns, Row>(
  rowOf: (columns: Raw, endpoint: EndpointRow) => Row,
): RowsDecoder<readonly Raw[], readonly Row[]> {
  return {
    decode: (rows, endpoint) => rows.map((columns) => rowOf(columns, endpoint)),
    isSame: (one, other) =>
      one.length === other.length &&
      one.every((columns, index) => columns.every((column, at) => column === other[index]?.[at])),
    sizeOf: (rows) => rows.length,
    maxSize: MAX_ROWS,
  };
}

function cachedByBytes<Rows>(decode: (packed: Buffer) => Rows): RowsDecoder<Buffer, Rows> {
  return {
    decode,
    isSame: (one, other) => one.equals(other),
    sizeOf: (packed) => packed.length,
    maxSize: MAX_BYTES,
  };
}

function toOutcome(columns: OutcomeColumns, { route, endpoint, candidate }: EndpointRow): OutcomeRow {
  const [, paired, overflow, beyondCap, fields, count] = columns;
  return {
    route,
    endpoint,
    candidate,
    paired: paired === 1,
    overflow: overflow === 1,
    beyondCap: beyondCap === 1,
    fields: decodeFields(fields),
    count,
  };
}

function toRelation(columns: RelationColumns, { route, endpoint, candidate }: EndpointRow): RelationCount {
  const [, section, path, kind, relation, count] = columns;
  return { route, endpoint, candidate, section, path, kind, relation, count } as RelationCount;
}

function toStatusPair(columns: StatusColumns, { route, endpoint, candidate }: EndpointRow): StatusPairCount {
  const [, role, primary, other, count] = columns;
  return { route, endpoint, candidate, primary, other, role, count };
}

function prepareStatements(db: Database) {
  const ofRun = "run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate";
  // One query for all endpoints is faster than hundreds of small ones. In SQLite, CROSS JOIN fixes the order of the tables, in
  // which the rows are already sorted.
  const rowsOf = <Raw extends Columns>(columns: string, tables: string, order: string) =>
    db
      .prepare<[RunAndCandidate], Raw>(
        `SELECT endpoint.key, ${columns} FROM endpoint CROSS JOIN ${tables} WHERE ${ofRun} ORDER BY route, name, ${order}`,
      )
      .raw();
  return {
    endpoints: db.prepare<[RunAndCandidate], EndpointRow>(
      `SELECT key, candidate, route, name AS endpoint FROM endpoint WHERE ${ofRun} ORDER BY route, name`,
    ),
    outcomes: rowsOf<OutcomeColumns>(
      "paired, overflow, beyond_cap, fields, count",
      "outcome_set ON endpoint_key = endpoint.key JOIN tally_total ON set_key = outcome_set.key",
      "outcome_set.key",
    ),
    relations: rowsOf<RelationColumns>(
      "section, path, kind, relation, count",
      "relation ON endpoint_key = endpoint.key",
      "section, path, kind, relation",
    ),
    statuses: rowsOf<StatusColumns>(
      "role, primary_status, other_status, count",
      "status_pair ON endpoint_key = endpoint.key",
      "role, primary_status, other_status",
    ),
    latencies: db
      .prepare<[RunAndCandidate], PackedColumns>(
        `SELECT endpoint.key, histogram FROM endpoint CROSS JOIN latency_total ON endpoint_key = endpoint.key
         WHERE ${ofRun} ORDER BY route, name`,
      )
      .raw(),
    latencyPairs: db
      .prepare<[RunAndCandidate & { readonly endpoint: string | null }], PackedColumns>(
        `SELECT endpoint.key, pairs FROM endpoint CROSS JOIN latency_pair ON endpoint_key = endpoint.key
         WHERE ${ofRun} AND (@endpoint IS NULL OR name = @endpoint) ORDER BY route, name`,
      )
      .raw(),
  };
}
