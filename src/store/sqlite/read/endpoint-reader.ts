import type { Database } from "better-sqlite3";
import type { RelationCount, StatusPairCount } from "../../../model/difference.ts";
import type { LatencyHistograms, LatencySample, PerEndpoint, OutcomeRow } from "../../store.ts";
import { decodeFields } from "../column-codes.ts";
import { unpackSeries } from "../histogram.ts";
import { LastReading, type Decoding, type Place } from "./reading-cache.ts";
import { unpackRows } from "../latency-pairs.ts";

/** The first column is the endpoint's key. */
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

/** Rows that are kept of each kind; with what reports make of it a set of differences takes some 3 KB. */
const MAX_ROWS = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads what was counted by endpoint. */
export class EndpointReader {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #outcomes = new LastReading(inRows(outcomeOf));
  readonly #relations = new LastReading(inRows(relationOf));
  readonly #statuses = new LastReading(inRows(statusOf));
  readonly #latencies = new LastReading(inBytes(unpackSeries));
  readonly #pairs = new LastReading(inBytes(unpackRows));

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
    const of = { runId, candidate };
    return this.#lastOf(of, this.#latencies, this.#statements.latencies.all(of));
  }

  latencyPairs(runId: string, candidate: string, endpoint: string | undefined): readonly LatencySample[] {
    const of = { runId, candidate };
    const samples = this.#statements.latencyPairs.all({ ...of, endpoint: endpoint ?? null });
    return this.#lastOf(of, this.#pairs, samples);
  }

  #rows<Own extends Columns, Row>(
    of: OfRun,
    statement: { all(of: OfRun): readonly Own[] },
    last: LastReading<readonly Own[], readonly Row[]>,
  ): readonly PerEndpoint<readonly Row[]>[] {
    const rows = statement.all(of);
    const endpoints: (readonly [key: number, rows: readonly Own[]])[] = [];
    for (let from = 0, to = 0; from < rows.length; from = to) {
      const key = rows[from]?.[0] ?? 0;
      while (rows[to]?.[0] === key) to += 1;
      endpoints.push([key, rows.slice(from, to)]);
    }
    return this.#lastOf(of, last, endpoints);
  }

  /** Names are read once for each endpoint, not with each of its rows: there may be many. */
  #lastOf<Raw, Rows>(
    of: OfRun,
    last: LastReading<Raw, Rows>,
    endpoints: readonly (readonly [key: number, raw: Raw])[],
  ): readonly PerEndpoint<Rows>[] {
    const places = new Map(this.#statements.places.all(of).map((place) => [place.key, place]));
    return endpoints.flatMap(([key, raw]) => {
      // Outside of a snapshot an endpoint may be deleted between the two questions.
      const place = places.get(key);
      return place === undefined ? [] : [last.of(place, raw)];
    });
  }
}

interface OfRun {
  readonly runId: string;
  readonly candidate: string;
}

function inRows<Own extends Columns, Row>(
  rowOf: (columns: Own, place: Place) => Row,
): Decoding<readonly Own[], readonly Row[]> {
  return {
    decode: (rows, place) => rows.map((columns) => rowOf(columns, place)),
    isSame: (one, other) =>
      one.length === other.length &&
      one.every((columns, index) => columns.every((column, at) => column === other[index]?.[at])),
    sizeOf: (rows) => rows.length,
    maxSize: MAX_ROWS,
  };
}

function inBytes<Rows>(decode: (packed: Buffer) => Rows): Decoding<Buffer, Rows> {
  return {
    decode,
    isSame: (one, other) => one.equals(other),
    sizeOf: (packed) => packed.length,
    maxSize: MAX_BYTES,
  };
}

function outcomeOf(columns: OutcomeColumns, { route, endpoint, candidate }: Place): OutcomeRow {
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

function relationOf(columns: RelationColumns, { route, endpoint, candidate }: Place): RelationCount {
  const [, section, path, kind, relation, count] = columns;
  return { route, endpoint, candidate, section, path, kind, relation, count } as RelationCount;
}

function statusOf(columns: StatusColumns, { route, endpoint, candidate }: Place): StatusPairCount {
  const [, role, primary, other, count] = columns;
  return { route, endpoint, candidate, primary, other, role, count };
}

function prepareStatements(db: Database) {
  const ofRun = "run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate";
  // One question for all endpoints: two hundred small ones take longer than what they answer. CROSS JOIN is SQLite's word for
  // keeping this order of tables, in which rows come sorted.
  const rowsOf = <Own extends Columns>(columns: string, tables: string, order: string) =>
    db
      .prepare<[OfRun], Own>(
        `SELECT endpoint.key, ${columns} FROM endpoint CROSS JOIN ${tables} WHERE ${ofRun} ORDER BY route, name, ${order}`,
      )
      .raw();
  return {
    places: db.prepare<[OfRun], Place>(
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
      .prepare<[OfRun], PackedColumns>(
        `SELECT endpoint.key, histogram FROM endpoint CROSS JOIN latency_total ON endpoint_key = endpoint.key
         WHERE ${ofRun} ORDER BY route, name`,
      )
      .raw(),
    latencyPairs: db
      .prepare<[OfRun & { readonly endpoint: string | null }], PackedColumns>(
        `SELECT endpoint.key, pairs FROM endpoint CROSS JOIN latency_pair ON endpoint_key = endpoint.key
         WHERE ${ofRun} AND (@endpoint IS NULL OR name = @endpoint) ORDER BY route, name`,
      )
      .raw(),
  };
}
