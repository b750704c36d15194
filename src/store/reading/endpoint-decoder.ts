import { isDeepStrictEqual } from "node:util";
import type { LearnedTemplate } from "../../endpoints/learned-template.ts";
import type { FailureCount, RelationCount, StatusPairCount } from "../../model/difference.ts";
import { EndpointFolder } from "../folding/endpoint-folder.ts";
import { sumBlocks } from "../folding/sum-blocks.ts";
import { sumFailures, sumOutcomes, sumRelations, sumStatuses } from "../folding/sum-rows.ts";
import { decodeFields } from "../packing/column-encoding.ts";
import { DecodedRowsCache, type EndpointRow, type RowsDecoder } from "../packing/decoded-rows-cache.ts";
import { unpackHistograms } from "../packing/latency-histogram.ts";
import { totalLatencies } from "../packing/latency-totals.ts";
import { decodeParameters } from "../packing/parameter-counts.ts";
import type { LatencyHistograms, OutcomeRow, PerEndpoint, TimeBlock } from "../store.ts";
import { sumLatencies } from "../sum-latencies.ts";
import type { RunAndCandidate } from "./block-cache.ts";

/** Raw columns of a row; the first is the key of the endpoint. */
export type Columns = readonly [key: number, ...unknown[]];
export type OutcomeColumns = readonly [
  number,
  paired: number,
  overflow: number,
  beyondCap: number,
  fields: string,
  count: number,
  parameters: string | null,
];
export type RelationColumns = readonly [number, string, string, string, string, number];
export type StatusColumns = readonly [
  number,
  role: StatusPairCount["role"],
  primary: number,
  other: number,
  count: number,
];
export type FailureColumns = readonly [
  number,
  role: string,
  kind: string,
  reason: string,
  address: string,
  count: number,
];

/** Limits of each cache. A set of differences takes some 3 KB, including the memoized results of the reports. */
const MAX_ROWS = 120_000;
const MAX_LATENCY_TOTALS = 20_000;

const NO_TEMPLATES: readonly LearnedTemplate[] = [];

/** What the rows of a candidate belong to. All of it is read from the same snapshot of the store as the rows. */
export interface CandidateEndpoints {
  readonly run: RunAndCandidate;
  readonly endpoints: readonly EndpointRow[];
  /** See `EndpointDecoder.folder`. */
  readonly folder: EndpointFolder;
}

/**
 * Decodes the counts that are stored per endpoint, and adds up those of endpoints that are one since a template was learned.
 * What has not changed is decoded once. Rows are sorted by endpoint.
 */
export class EndpointDecoder {
  readonly #outcomes = new DecodedRowsCache(cachedByRows(toOutcome));
  readonly #relations = new DecodedRowsCache(cachedByRows(toRelation));
  readonly #statuses = new DecodedRowsCache(cachedByRows(toStatusPair));
  readonly #failures = new DecodedRowsCache(cachedByRows(toFailure));
  readonly #latencies = new DecodedRowsCache(LATENCY_TOTALS);
  #folder = { templates: NO_TEMPLATES, folder: new EndpointFolder(NO_TEMPLATES) };

  /** Folds the names of stored endpoints; the same object while nothing is learned. */
  folder(templates: readonly LearnedTemplate[]): EndpointFolder {
    if (!isDeepStrictEqual(templates, this.#folder.templates)) {
      this.#folder = { templates, folder: new EndpointFolder(templates) };
    }
    return this.#folder.folder;
  }

  outcomes(of: CandidateEndpoints, rows: readonly OutcomeColumns[]): readonly PerEndpoint<readonly OutcomeRow[]>[] {
    return of.folder.fold(kindOf("outcomes", of), decodeRows(of, rows, this.#outcomes), sumOutcomes);
  }

  relations(
    of: CandidateEndpoints,
    rows: readonly RelationColumns[],
  ): readonly PerEndpoint<readonly RelationCount[]>[] {
    return of.folder.fold(kindOf("relations", of), decodeRows(of, rows, this.#relations), sumRelations);
  }

  statuses(of: CandidateEndpoints, rows: readonly StatusColumns[]): readonly PerEndpoint<readonly StatusPairCount[]>[] {
    return of.folder.fold(kindOf("statuses", of), decodeRows(of, rows, this.#statuses), sumStatuses);
  }

  failures(of: CandidateEndpoints, rows: readonly FailureColumns[]): readonly PerEndpoint<readonly FailureCount[]>[] {
    return of.folder.fold(kindOf("failures", of), decodeRows(of, rows, this.#failures), sumFailures);
  }

  /** @param blocks by key of the endpoint @param earlier the packed totals that an earlier version has kept, by key */
  latencies(
    of: CandidateEndpoints,
    blocks: ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>>,
    earlier: ReadonlyMap<number, Uint8Array>,
  ): readonly PerEndpoint<LatencyHistograms>[] {
    const keys = [...new Set([...blocks.keys(), ...earlier.keys()])];
    const totals = keys.map((key): [number, LatencyTotal] => [
      key,
      { packed: earlier.get(key) ?? NO_BYTES, blocks: blocks.get(key)?.rows ?? NO_BLOCKS },
    ]);
    const all = decode(of, this.#latencies, totals).filter(({ rows }) => rows.primary.buckets.length > 0);
    return of.folder.fold(kindOf("latencies", of), all, sumLatencies);
  }

  /** @param blocks by key of the endpoint */
  blocks(
    { run, folder }: Omit<CandidateEndpoints, "endpoints">,
    blocks: ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>>,
  ): readonly PerEndpoint<readonly TimeBlock[]>[] {
    return folder.fold(kindOf("blocks", { run }), [...blocks.values()], sumBlocks);
  }
}

/** The keys of the endpoints that are reported under a name. Before a template was learned, each value had its own. */
export function keysOfEndpoint(
  { endpoints, folder }: Omit<CandidateEndpoints, "run">,
  endpoint: string,
): readonly number[] {
  return endpoints
    .filter((each) => folder.nameOf(each) === folder.nameOf({ route: each.route, endpoint }))
    .map(({ key }) => key);
}

function decodeRows<Raw extends Columns, Row>(
  of: CandidateEndpoints,
  rows: readonly Raw[],
  cache: DecodedRowsCache<readonly Raw[], readonly Row[]>,
): readonly PerEndpoint<readonly Row[]>[] {
  const byEndpoint: (readonly [key: number, rows: readonly Raw[]])[] = [];
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const key = rows[from]?.[0] ?? 0;
    while (rows[to]?.[0] === key) to += 1;
    byEndpoint.push([key, rows.slice(from, to)]);
  }
  return decode(of, cache, byEndpoint);
}

/** The name of an endpoint is read once, not with each of its rows. */
function decode<Raw, Rows>(
  { endpoints }: CandidateEndpoints,
  cache: DecodedRowsCache<Raw, Rows>,
  raws: readonly (readonly [key: number, raw: Raw])[],
): readonly PerEndpoint<Rows>[] {
  const names = new Map(endpoints.map((endpoint) => [endpoint.key, endpoint]));
  return raws.flatMap(([key, raw]) => {
    // Outside a snapshot, retention can delete an endpoint between the two queries.
    const endpoint = names.get(key);
    return endpoint === undefined ? [] : [cache.decode(endpoint, raw)];
  });
}

function kindOf(rows: string, { run: { runId, candidate } }: Pick<CandidateEndpoints, "run">): string {
  return JSON.stringify([rows, runId, candidate]);
}

/** What a latency total is read from. */
interface LatencyTotal {
  /** The total that an earlier version has kept. */
  readonly packed: Uint8Array;
  readonly blocks: readonly TimeBlock[];
}

const NO_BLOCKS: readonly TimeBlock[] = [];
const NO_BYTES = new Uint8Array();

const LATENCY_TOTALS: RowsDecoder<LatencyTotal, LatencyHistograms> = {
  decode: ({ packed, blocks }) => totalLatencies(unpackHistograms(packed), blocks),
  isSame: (one, other) => one.blocks === other.blocks && Buffer.compare(one.packed, other.packed) === 0,
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
