import { isDeepStrictEqual } from "node:util";
import type { Database } from "better-sqlite3";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { FailureCount, RelationCount, StatusPairCount } from "../../../model/difference.ts";
import type { LatencyHistograms, PerEndpoint, OutcomeRow, TimeBlock } from "../../store.ts";
import { decodeFields } from "../column-encoding.ts";
import { decodeParameters } from "../parameter-counts.ts";
import { unpackHistograms } from "../latency-histogram.ts";
import { totalLatencies } from "./latency-totals.ts";
import { BlockReader, type RunAndCandidate } from "./block-reader.ts";
import { EndpointFolder } from "../../folding/endpoint-folder.ts";
import { sumBlocks } from "../../folding/sum-blocks.ts";
import { sumFailures, sumOutcomes, sumRelations, sumStatuses } from "../../folding/sum-rows.ts";
import { sumLatencies } from "../../sum-latencies.ts";
import { createTemplateQuery } from "../learned-template-rows.ts";
import { DecodedRowsCache, type EndpointRow, type RowsDecoder } from "./decoded-rows-cache.ts";

/** Raw columns of a row; the first is the key of the endpoint. */
type Columns = readonly [key: number, ...unknown[]];
type OutcomeColumns = readonly [
  number,
  paired: number,
  overflow: number,
  beyondCap: number,
  fields: string,
  count: number,
  parameters: string | null,
];
type RelationColumns = readonly [number, string, string, string, string, number];
type StatusColumns = readonly [number, role: StatusPairCount["role"], primary: number, other: number, count: number];
type FailureColumns = readonly [number, role: string, kind: string, reason: string, address: string, count: number];
type PackedColumns = readonly [key: number, packed: Buffer];

/** Limits of each cache. A set of differences takes some 3 KB, including the memoized results of the reports. */
const MAX_ROWS = 120_000;
const MAX_LATENCY_TOTALS = 20_000;

/** Reads the counts that are stored per endpoint, and adds up those of endpoints that are one since a template was learned. */
export class EndpointReader {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #outcomes = new DecodedRowsCache(cachedByRows(toOutcome));
  readonly #relations = new DecodedRowsCache(cachedByRows(toRelation));
  readonly #statuses = new DecodedRowsCache(cachedByRows(toStatusPair));
  readonly #failures = new DecodedRowsCache(cachedByRows(toFailure));
  readonly #latencies = new DecodedRowsCache(LATENCY_TOTALS);
  readonly #blocks: BlockReader;
  readonly #readTemplates: () => readonly LearnedTemplate[];
  #folder = { templates: NO_TEMPLATES, folder: new EndpointFolder(NO_TEMPLATES) };

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#blocks = new BlockReader(db);
    this.#readTemplates = createTemplateQuery(db);
  }

  /** Folds the names of stored endpoints; the same object while nothing is learned. */
  get folder(): EndpointFolder {
    const templates = this.#readTemplates();
    if (!isDeepStrictEqual(templates, this.#folder.templates)) {
      this.#folder = { templates, folder: new EndpointFolder(templates) };
    }
    return this.#folder.folder;
  }

  /** The keys of the endpoints that are reported under a name. Before a template was learned, each value had its own. */
  keysOf(run: RunAndCandidate, endpoint: string): readonly number[] {
    const { folder } = this;
    return this.#statements.endpoints
      .all(run)
      .filter((each) => folder.nameOf(each) === folder.nameOf({ route: each.route, endpoint }))
      .map(({ key }) => key);
  }

  outcomes(runId: string, candidate: string): readonly PerEndpoint<readonly OutcomeRow[]>[] {
    const run = { runId, candidate };
    const all = this.#rows(run, this.#statements.outcomes, this.#outcomes);
    return this.folder.fold(kindOf("outcomes", run), all, sumOutcomes);
  }

  relations(runId: string, candidate: string): readonly PerEndpoint<readonly RelationCount[]>[] {
    const run = { runId, candidate };
    const all = this.#rows(run, this.#statements.relations, this.#relations);
    return this.folder.fold(kindOf("relations", run), all, sumRelations);
  }

  statuses(runId: string, candidate: string): readonly PerEndpoint<readonly StatusPairCount[]>[] {
    const run = { runId, candidate };
    const all = this.#rows(run, this.#statements.statuses, this.#statuses);
    return this.folder.fold(kindOf("statuses", run), all, sumStatuses);
  }

  failures(runId: string, candidate: string): readonly PerEndpoint<readonly FailureCount[]>[] {
    const run = { runId, candidate };
    const all = this.#rows(run, this.#statements.failures, this.#failures);
    return this.folder.fold(kindOf("failures", run), all, sumFailures);
  }

  latencies(runId: string, candidate: string): readonly PerEndpoint<LatencyHistograms>[] {
    const run = { runId, candidate };
    const blocks = this.#blocks.blocksByKey(run);
    const earlier = new Map(this.#statements.latencies.all(run));
    const keys = [...new Set([...blocks.keys(), ...earlier.keys()])];
    const totals = keys.map((key): [number, LatencyTotal] => [
      key,
      { packed: earlier.get(key) ?? NO_BYTES, blocks: blocks.get(key)?.rows ?? NO_BLOCKS },
    ]);
    const all = this.#decode(run, this.#latencies, totals).filter(({ rows }) => rows.primary.buckets.length > 0);
    return this.folder.fold(kindOf("latencies", run), all, sumLatencies);
  }

  blocks(runId: string, candidate: string): readonly PerEndpoint<readonly TimeBlock[]>[] {
    const run = { runId, candidate };
    return this.folder.fold(kindOf("blocks", run), this.#blocks.blocks(run), sumBlocks);
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

function kindOf(rows: string, { runId, candidate }: RunAndCandidate): string {
  return JSON.stringify([rows, runId, candidate]);
}

/** What a latency total is read from. */
interface LatencyTotal {
  /** The total that an earlier version has kept. */
  readonly packed: Buffer;
  readonly blocks: readonly TimeBlock[];
}

const NO_BLOCKS: readonly TimeBlock[] = [];
const NO_TEMPLATES: readonly LearnedTemplate[] = [];
const NO_BYTES = Buffer.alloc(0);

const LATENCY_TOTALS: RowsDecoder<LatencyTotal, LatencyHistograms> = {
  decode: ({ packed, blocks }) => totalLatencies(unpackHistograms(packed), blocks),
  isSame: (one, other) => one.blocks === other.blocks && one.packed.equals(other.packed),
  sizeOf: () => 1,
  maxSize: MAX_LATENCY_TOTALS,
};

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

function toOutcome(columns: OutcomeColumns, { route, endpoint, candidate }: EndpointRow): OutcomeRow {
  const [, paired, overflow, beyondCap, fields, count, parameters] = columns;
  return {
    route,
    endpoint,
    candidate,
    paired: paired === 1,
    overflow: overflow === 1,
    beyondCap: beyondCap === 1,
    fields: decodeFields(fields),
    count,
    ...(parameters !== null && { parameters: decodeParameters(parameters) }),
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

function toFailure(columns: FailureColumns, { route, endpoint, candidate }: EndpointRow): FailureCount {
  const [, role, kind, reason, address, count] = columns;
  return { route, endpoint, candidate, role, kind, reason, address, count } as FailureCount;
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
      "paired, overflow, beyond_cap, fields, tally_total.count, parameter_counts.counts",
      `outcome_set ON endpoint_key = endpoint.key JOIN tally_total ON tally_total.set_key = outcome_set.key
       LEFT JOIN parameter_counts ON parameter_counts.set_key = outcome_set.key`,
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
    failures: rowsOf<FailureColumns>(
      "role, kind, reason, address, count",
      "failure ON endpoint_key = endpoint.key",
      "count DESC, role, kind, reason, address",
    ),
    latencies: db
      .prepare<[RunAndCandidate], PackedColumns>(
        `SELECT endpoint.key, histogram FROM endpoint CROSS JOIN latency_total ON endpoint_key = endpoint.key
         WHERE ${ofRun} ORDER BY route, name`,
      )
      .raw(),
  };
}
