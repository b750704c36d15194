import type { Database } from "better-sqlite3";
import { LRUCache } from "lru-cache";
import { slotStart } from "../../../lib/time-slots.ts";
import type { FeatureCount, StatusPairCount } from "../../../model/difference.ts";
import { endOf, type BlockExtent } from "../../block-layout.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../../store.ts";
import {
  BACK_TO_BACK,
  CANDIDATE_FEATURE,
  CANDIDATE_STATUS,
  histogramsOf,
  OUTCOME,
  SECONDARY_FEATURE,
  SECONDARY_STATUS,
  statusPairOf,
  unpackBlock,
  type CountsByKind,
  type Entries,
} from "../block-counts.ts";
import { decodeFields } from "../column-encoding.ts";
import { unpackRecentBlocks } from "../recent-blocks.ts";
import type { EndpointRow } from "./decoded-rows-cache.ts";

/** The blocks of a candidate that are kept in memory: those of the current run, and of one or two that people look at. */
const MAX_CACHED = 3;

export interface RunAndCandidate {
  readonly runId: string;
  readonly candidate: string;
}

type Since = RunAndCandidate & { readonly since: number };

interface VersionedEndpoint extends EndpointRow {
  /** Of the last change of its blocks. */
  readonly version: number;
}

interface BlockRow extends BlockExtent {
  readonly endpointKey: number;
  readonly key: number;
  readonly version: number;
}

interface RecentRow {
  readonly endpointKey: number;
  readonly blocks: Uint8Array;
}

/** A block whose counts are needed only if it has changed. */
interface ReadBlock extends BlockExtent {
  readonly version: number;
  readonly counts: Uint8Array | undefined;
}

interface CachedBlocks {
  readonly endpoint: VersionedEndpoint;
  readonly blocks: PerEndpoint<readonly TimeBlock[]>;
  /** By first slot. */
  readonly bySlot: ReadonlyMap<number, { readonly version: number; readonly block: TimeBlock }>;
}

interface CachedRun {
  /** The last change that was read. */
  readonly version: number;
  /** By key of the endpoint, in the order of their names. */
  readonly endpoints: ReadonlyMap<number, CachedBlocks>;
}

/** What the ids in the blocks of an endpoint mean. */
interface Names {
  readonly endpoint: EndpointRow;
  readonly sets: ReadonlyMap<number, Omit<OutcomeRow, "count">>;
  readonly features: ReadonlyMap<number, Omit<FeatureCount, "candidateOnly" | "secondaryOnly">>;
}

/**
 * Reads the time blocks of a run. Only what has changed since the last read is read and decoded again, whichever process wrote
 * it: every change has a version, of the endpoint and of the block.
 */
export class BlockReader {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #runs = new LRUCache<string, CachedRun>({ max: MAX_CACHED });
  /** On one snapshot of the database. */
  readonly #readRun: (run: RunAndCandidate) => CachedRun;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#readRun = db.transaction((run: RunAndCandidate) => this.#read(run));
  }

  /** In the order of routes and names; endpoints without blocks are left out. */
  blocks(run: RunAndCandidate): readonly PerEndpoint<readonly TimeBlock[]>[] {
    return [...this.#readRun(run).endpoints.values()].map(({ blocks }) => blocks);
  }

  /** The blocks of each endpoint by its key. */
  blocksByKey(run: RunAndCandidate): ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>> {
    return new Map([...this.#readRun(run).endpoints].map(([key, { blocks }]) => [key, blocks]));
  }

  #read(run: RunAndCandidate): CachedRun {
    const name = JSON.stringify([run.runId, run.candidate]);
    const cached = this.#runs.get(name);
    const current = this.#statements.endpoints.all(run);
    const knownOf = (endpoint: VersionedEndpoint): CachedBlocks | undefined => {
      const known = cached?.endpoints.get(endpoint.key);
      return known?.endpoint.version === endpoint.version ? known : undefined;
    };
    const changed = current.every((endpoint) => knownOf(endpoint) !== undefined)
      ? undefined
      : this.#readChanged({ ...run, since: cached?.version ?? 0 });
    const endpoints = current.map((endpoint): [number, CachedBlocks] => [
      endpoint.key,
      knownOf(endpoint) ?? (changed as ChangedBlocks).decode(endpoint, cached?.endpoints.get(endpoint.key)),
    ]);
    const version = current.reduce((last, endpoint) => Math.max(last, endpoint.version), cached?.version ?? 0);
    const result: CachedRun = { version, endpoints: new Map(endpoints) };
    this.#runs.set(name, result);
    return result;
  }

  #readChanged(since: Since): ChangedBlocks {
    const { old, counts, recent, sets, features } = this.#statements;
    return new ChangedBlocks({
      old: old.all(since),
      counts: new Map(counts.all(since)),
      recent: recent.all(since),
      sets: sets.all(since),
      features: features.all(since),
    });
  }
}

type SetColumns = readonly [
  endpointKey: number,
  key: number,
  paired: number,
  overflow: number,
  beyondCap: number,
  fields: string,
];
type FeatureColumns = readonly [
  endpointKey: number,
  key: number,
  section: FeatureCount["section"],
  path: string,
  feature: string,
];

interface ChangedRows {
  /** Of all old blocks of changed endpoints. */
  readonly old: readonly BlockRow[];
  /** The counts of old blocks that have changed, by key. */
  readonly counts: ReadonlyMap<number, Uint8Array>;
  readonly recent: readonly RecentRow[];
  readonly sets: readonly SetColumns[];
  readonly features: readonly FeatureColumns[];
}

/** The blocks of endpoints that have changed, and the names of everything that they count. */
class ChangedBlocks {
  readonly #counts: ReadonlyMap<number, Uint8Array>;
  readonly #old: ReadonlyMap<number, readonly BlockRow[]>;
  readonly #recent: ReadonlyMap<number, Uint8Array>;
  readonly #sets: ReadonlyMap<number, readonly SetColumns[]>;
  readonly #features: ReadonlyMap<number, readonly FeatureColumns[]>;

  constructor({ old, counts, recent, sets, features }: ChangedRows) {
    this.#counts = counts;
    this.#old = Map.groupBy(old, ({ endpointKey }) => endpointKey);
    this.#recent = new Map(recent.map(({ endpointKey, blocks }) => [endpointKey, blocks]));
    this.#sets = Map.groupBy(sets, ([endpointKey]) => endpointKey);
    this.#features = Map.groupBy(features, ([endpointKey]) => endpointKey);
  }

  decode(endpoint: VersionedEndpoint, known: CachedBlocks | undefined): CachedBlocks {
    const names = this.#namesOf(endpoint);
    const bySlot = new Map(
      this.#blocksOf(endpoint.key).map((row) => {
        const before = known?.bySlot.get(row.first);
        const block = before?.version === row.version ? before.block : decodeBlock(row, names);
        return [row.first, { version: row.version, block }];
      }),
    );
    const { route, endpoint: name } = endpoint;
    const blocks = { route, endpoint: name, rows: [...bySlot.values()].map(({ block }) => block) };
    return { endpoint, blocks, bySlot };
  }

  #blocksOf(endpointKey: number): readonly ReadBlock[] {
    const old = this.#old.get(endpointKey) ?? [];
    return [
      ...old.map(({ key, ...row }) => ({ ...row, counts: this.#counts.get(key) })),
      ...unpackRecentBlocks(this.#recent.get(endpointKey) ?? new Uint8Array()),
    ].toSorted((one, other) => one.first - other.first);
  }

  #namesOf(endpoint: EndpointRow): Names {
    const { key, route, endpoint: name, candidate } = endpoint;
    const at = { route, endpoint: name, candidate };
    const sets = (this.#sets.get(key) ?? []).map(([, set, paired, overflow, beyondCap, fields]) => {
      const flags = { paired: paired === 1, overflow: overflow === 1, beyondCap: beyondCap === 1 };
      return [set, { ...at, ...flags, fields: decodeFields(fields) }] as const;
    });
    const features = (this.#features.get(key) ?? []).map(
      ([, own, section, path, feature]) => [own, { ...at, section, path, feature }] as const,
    );
    return { endpoint, sets: new Map(sets), features: new Map(features) };
  }
}

function decodeBlock(block: ReadBlock, names: Names): TimeBlock {
  const kinds = unpackBlock(block.counts as Uint8Array);
  return {
    startedAt: slotStart(block.first),
    endsAt: slotStart(endOf(block)),
    outcomes: pairsOf(kinds[OUTCOME]).map(([key, count]) => ({ ...nameOf(names.sets, key), count })),
    statuses: [
      ...statusesOf("candidate", kinds[CANDIDATE_STATUS], names.endpoint),
      ...statusesOf("secondary", kinds[SECONDARY_STATUS], names.endpoint),
    ],
    latencies: histogramsOf(kinds),
    features: featuresOf(kinds, names),
    backToBack: kinds[BACK_TO_BACK]?.counts[0] ?? 0,
  };
}

function statusesOf(
  role: StatusPairCount["role"],
  entries: Entries | undefined,
  { route, endpoint, candidate }: EndpointRow,
): StatusPairCount[] {
  return pairsOf(entries).map(([id, count]) => ({ route, endpoint, candidate, ...statusPairOf(id), role, count }));
}

function featuresOf(kinds: CountsByKind, names: Names): FeatureCount[] {
  const [candidate, secondary] = [
    new Map(pairsOf(kinds[CANDIDATE_FEATURE])),
    new Map(pairsOf(kinds[SECONDARY_FEATURE])),
  ];
  const keys = [...new Set([...candidate.keys(), ...secondary.keys()])].sort((one, other) => one - other);
  return keys.map((key) => ({
    ...nameOf(names.features, key),
    candidateOnly: candidate.get(key) ?? 0,
    secondaryOnly: secondary.get(key) ?? 0,
  }));
}

function pairsOf(entries: Entries | undefined): (readonly [id: number, count: number])[] {
  return entries === undefined ? [] : entries.ids.map((id, at) => [id, entries.counts[at] ?? 0]);
}

/** A block counts only what exists: retention deletes a block before the names of what it counts. */
function nameOf<Name>(names: ReadonlyMap<number, Name>, key: number): Name {
  const name = names.get(key);
  if (name === undefined) throw new Error(`impossible: a block counts the unknown key ${key}`);
  return name;
}

function prepareStatements(db: Database) {
  const ofRun = "run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate";
  const changed = `FROM endpoint CROSS JOIN recent_blocks AS change ON change.endpoint_key = endpoint.key
    CROSS JOIN`;
  const where = `WHERE ${ofRun} AND change.version > @since`;
  return {
    endpoints: db.prepare<[RunAndCandidate], VersionedEndpoint>(
      `SELECT key, candidate, route, name AS endpoint, version FROM endpoint
       CROSS JOIN recent_blocks ON endpoint_key = endpoint.key WHERE ${ofRun} ORDER BY route, name`,
    ),
    old: db.prepare<[Since], BlockRow>(
      `SELECT block.endpoint_key AS endpointKey, block.key, block.first_slot AS first, level, block.version
       ${changed} block ON block.endpoint_key = endpoint.key ${where}`,
    ),
    counts: db
      .prepare<[Since], readonly [key: number, counts: Uint8Array]>(
        `SELECT block.key, counts ${changed} block ON block.endpoint_key = endpoint.key ${where} AND block.version > @since`,
      )
      .raw(),
    recent: db.prepare<[Since], RecentRow>(
      `SELECT endpoint_key AS endpointKey, blocks FROM endpoint
       CROSS JOIN recent_blocks AS change ON endpoint_key = endpoint.key ${where}`,
    ),
    sets: db
      .prepare<[Since], SetColumns>(
        `SELECT outcome_set.endpoint_key, outcome_set.key, paired, overflow, beyond_cap, fields
         ${changed} outcome_set ON outcome_set.endpoint_key = endpoint.key ${where}`,
      )
      .raw(),
    features: db
      .prepare<[Since], FeatureColumns>(
        `SELECT feature.endpoint_key, feature.key, section, path, feature
         ${changed} feature ON feature.endpoint_key = endpoint.key ${where}`,
      )
      .raw(),
  };
}
