import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { EndpointFolder } from "../../folding/endpoint-folder.ts";
import type { EndpointRow } from "../../packing/decoded-rows-cache.ts";
import type { RunAndCandidate, VersionedEndpoint } from "../../reading/block-cache.ts";
import {
  keysOfEndpoint,
  type CandidateEndpoints,
  type Columns,
  type EndpointDecoder,
  type FailureColumns,
  type OutcomeColumns,
  type RelationColumns,
  type StatusColumns,
} from "../../reading/endpoint-decoder.ts";
import { endpointsNamed, type AttributeRead } from "../../reading/attribute-cache.ts";
import type { EndpointName, PerEndpoint, TimeBlock } from "../../store.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { selectTemplates } from "../rule-queries.ts";
import { decodeText, encodeText } from "../text-encoding.ts";
import { selectChangedAttributes, selectStrata } from "./attribute-queries.ts";
import { readChangedBlocks } from "./changed-blocks.ts";
import type { ReadCaches } from "./read-caches.ts";
import { selectColumns, selectRows } from "./select-rows.ts";

/** No run has this key. */
const UNKNOWN_RUN = 0;

/** An endpoint, with the version of its blocks if it has any. */
interface StoredEndpoint extends EndpointRow {
  readonly version: number | null;
}

/** What one snapshot has read of a candidate. Many queries need it. */
interface KnownCandidate extends CandidateEndpoints {
  readonly runKey: number;
  readonly endpoints: readonly StoredEndpoint[];
}

type Blocks = ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>>;

/** Reads the counts that are stored per endpoint, on one snapshot of the database. */
export class EndpointQueries {
  readonly #session: PostgresSession;
  readonly #caches: ReadCaches;
  readonly #runKeys = new Map<string, Promise<number>>();
  readonly #candidates = new Map<string, Promise<KnownCandidate>>();
  readonly #blocksOf = new Map<string, Promise<Blocks>>();
  #readTemplates: Promise<readonly LearnedTemplate[]> | undefined;

  constructor(session: PostgresSession, caches: ReadCaches) {
    this.#session = session;
    this.#caches = caches;
  }

  /** @returns a key that no row has if the run is unknown */
  runKey(runId: string): Promise<number> {
    return memoized(this.#runKeys, runId, async () => {
      const [row] = await selectRows<{ key: number }>(this.#session, "SELECT key FROM run WHERE id = $1", [
        encodeText(runId),
      ]);
      return row?.key ?? UNKNOWN_RUN;
    });
  }

  templates(): Promise<readonly LearnedTemplate[]> {
    this.#readTemplates ??= selectTemplates(this.#session);
    return this.#readTemplates;
  }

  /** Folds the names of stored endpoints. */
  async folder(runId: string): Promise<EndpointFolder> {
    return this.#caches.decoderOf(runId).folder(await this.templates());
  }

  /** The keys of the endpoints that are reported under a name. */
  async keysOf(run: RunAndCandidate, endpoint: string): Promise<readonly number[]> {
    return keysOfEndpoint(await this.#of(run), endpoint);
  }

  async outcomes(run: RunAndCandidate): Promise<ReturnType<EndpointDecoder["outcomes"]>> {
    // All three tables are read in the order of their keys, so that nothing has to be sorted.
    const rows = await this.#rowsOf<OutcomeColumns>(
      run,
      `SELECT own.endpoint_key, paired::int, overflow::int, beyond_cap::int, fields, total.count, counts
       FROM outcome_set AS own
       JOIN tally_total AS total ON total.run_key = own.run_key AND total.set_key = own.key
       LEFT JOIN parameter_counts AS named ON named.run_key = own.run_key AND named.set_key = own.key`,
      "own.key",
    );
    return this.#decode(run, rows, (decoder, of, all) => decoder.outcomes(of, all));
  }

  async relations(run: RunAndCandidate): Promise<ReturnType<EndpointDecoder["relations"]>> {
    const rows = await this.#rowsOf<RelationColumns>(
      run,
      "SELECT endpoint_key, section, path, kind, relation, count FROM relation AS own",
      "section, path, kind, relation",
    );
    const decoded = rows.map(([key, section, path, kind, relation, count]): RelationColumns => {
      return [key, decodeText(section), decodeText(path), decodeText(kind), decodeText(relation), count];
    });
    return this.#decode(run, decoded, (decoder, of, all) => decoder.relations(of, all));
  }

  async statuses(run: RunAndCandidate): Promise<ReturnType<EndpointDecoder["statuses"]>> {
    const rows = await this.#rowsOf<StatusColumns>(
      run,
      "SELECT endpoint_key, role, primary_status, other_status, count FROM status_pair AS own",
      "role, primary_status, other_status",
    );
    return this.#decode(run, rows, (decoder, of, all) => decoder.statuses(of, all));
  }

  async failures(run: RunAndCandidate): Promise<ReturnType<EndpointDecoder["failures"]>> {
    const rows = await this.#rowsOf<FailureColumns>(
      run,
      "SELECT endpoint_key, role, kind, reason, address, count FROM failure AS own",
      "count DESC, role, kind, reason, address",
    );
    const decoded = rows.map(([key, role, kind, reason, address, count]): FailureColumns => {
      return [key, role, decodeText(kind), decodeText(reason), decodeText(address), count];
    });
    return this.#decode(run, decoded, (decoder, of, all) => decoder.failures(of, all));
  }

  async latencies(run: RunAndCandidate): Promise<ReturnType<EndpointDecoder["latencies"]>> {
    const of = await this.#of(run);
    const earlier = await selectColumns<[key: number, packed: Uint8Array]>(
      this.#session,
      "SELECT endpoint_key, histogram FROM latency_total WHERE run_key = $1",
      [of.runKey],
    );
    return this.#caches.decoderOf(run.runId).latencies(of, await this.#blocks(run), new Map(earlier));
  }

  async blocks(run: RunAndCandidate): Promise<ReturnType<EndpointDecoder["blocks"]>> {
    const of = await this.#of(run);
    return this.#caches.decoderOf(run.runId).blocks(of, await this.#blocks(run));
  }

  async attributes(run: RunAndCandidate, name: EndpointName | undefined): Promise<ReturnType<AttributeRead["finish"]>> {
    const { runKey, endpoints: all, folder } = await this.#of(run);
    const endpoints = name === undefined ? all : endpointsNamed(all, folder, name);
    const strata = await selectStrata(this.#session, { runKey, endpoints });
    const read = this.#caches.attributes.begin({ run, endpoints, strata, folder });
    return read.finish(await selectChangedAttributes(this.#session, { runKey, changed: read.changed }));
  }

  #of(run: RunAndCandidate): Promise<KnownCandidate> {
    return memoized(this.#candidates, nameOf(run), async () => {
      const runKey = await this.runKey(run.runId);
      const rows = await selectRows<StoredEndpoint>(
        this.#session,
        `SELECT key, candidate, route, name AS endpoint, version
         FROM endpoint LEFT JOIN recent_blocks AS own ON own.run_key = endpoint.run_key AND endpoint_key = endpoint.key
         WHERE endpoint.run_key = $1 AND candidate = $2 ORDER BY route, name`,
        [runKey, encodeText(run.candidate)],
      );
      const endpoints = rows.map((row) => ({
        ...row,
        candidate: run.candidate,
        route: decodeText(row.route),
        endpoint: decodeText(row.endpoint),
      }));
      return { run, runKey, endpoints, folder: await this.folder(run.runId) };
    });
  }

  /** The rows of a candidate in the given order. @param select with the table `own`, which has the key of the endpoint */
  async #rowsOf<Raw extends Columns>(run: RunAndCandidate, select: string, order: string): Promise<readonly Raw[]> {
    return selectColumns<[...Raw]>(
      this.#session,
      `${select} WHERE own.run_key = $1 AND own.endpoint_key IN (
         SELECT key FROM endpoint WHERE run_key = $1 AND candidate = $2) ORDER BY ${order}`,
      [await this.runKey(run.runId), encodeText(run.candidate)],
    );
  }

  async #decode<Raw extends Columns, Decoded>(
    run: RunAndCandidate,
    rows: readonly Raw[],
    decode: (decoder: EndpointDecoder, of: CandidateEndpoints, rows: readonly Raw[]) => Decoded,
  ): Promise<Decoded> {
    const of = await this.#of(run);
    const byEndpoint = Map.groupBy(rows, ([key]) => key);
    const sorted = of.endpoints.flatMap(({ key }) => byEndpoint.get(key) ?? []);
    return decode(this.#caches.decoderOf(run.runId), of, sorted);
  }

  /** The blocks of each endpoint by its key; endpoints without blocks are left out. */
  #blocks(run: RunAndCandidate): Promise<Blocks> {
    return memoized(this.#blocksOf, nameOf(run), async () => {
      const { runKey, endpoints } = await this.#of(run);
      const versioned = endpoints.filter((endpoint): endpoint is VersionedEndpoint => endpoint.version !== null);
      const read = this.#caches.blocks.begin(run, versioned);
      if (read.since === undefined) return read.finish(undefined);
      const { since } = read;
      const changed = versioned.filter(({ version }) => version > since).map(({ key }) => key);
      return read.finish(await readChangedBlocks(this.#session, { runKey, changed, since }));
    });
  }
}

function nameOf({ runId, candidate }: RunAndCandidate): string {
  return JSON.stringify([runId, candidate]);
}

function memoized<Value>(known: Map<string, Promise<Value>>, key: string, read: () => Promise<Value>): Promise<Value> {
  const value = known.get(key) ?? read();
  known.set(key, value);
  return value;
}

interface Position {
  readonly route: string;
  readonly method: string;
  readonly parent: string;
}

/** Decodes the text of a row about a path segment. */
export function decodePosition<Row extends Position & { readonly by: string | null }>(row: Row): Row {
  const { route, method, parent, by } = row;
  return {
    ...row,
    route: decodeText(route),
    method: decodeText(method),
    parent: decodeText(parent),
    by: by === null ? null : decodeText(by),
  };
}
