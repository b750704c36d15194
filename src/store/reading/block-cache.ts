import { LRUCache } from "lru-cache";
import { slotStart } from "../../lib/time-slots.ts";
import type { FeatureCount, StatusPairCount } from "../../model/difference.ts";
import { endOf, type BlockExtent } from "../block-layout.ts";
import {
  BACK_TO_BACK,
  CANDIDATE_FEATURE,
  CANDIDATE_STATUS,
  extraWeights,
  histogramsOf,
  largestWeight,
  OUTCOME,
  OUTCOME_LEVEL,
  SECONDARY_FEATURE,
  SECONDARY_STATUS,
  STATUS_LEVEL,
  statusPairOf,
  unpackBlock,
  type CountsByKind,
  type Entries,
} from "../packing/block-counts.ts";
import { decodeFields } from "../packing/column-encoding.ts";
import type { EndpointRow } from "../packing/decoded-rows-cache.ts";
import { unpackRecentBlocks } from "../packing/recent-blocks.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../store.ts";

/** The blocks of a candidate that are kept in memory: those of the current run, and of one or two that people look at. */
const MAX_CACHED = 3;

export interface RunAndCandidate {
  readonly runId: string;
  readonly candidate: string;
}

/** An endpoint that has blocks. */
export interface VersionedEndpoint extends EndpointRow {
  /** Of the last change of its blocks. */
  readonly version: number;
}

/** A block with a row of its own. */
export interface BlockRow extends BlockExtent {
  readonly endpointKey: number;
  readonly key: number;
  readonly version: number;
}

/** The newest blocks of an endpoint; see recent-blocks.ts. */
export interface RecentRow {
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

/** A read of the blocks of a candidate, on one snapshot of the store. */
export interface BlockRead {
  /** What has changed after this version must be read; undefined if nothing has changed. */
  readonly since: number | undefined;
  /**
   * Decodes what was read.
   * @param changed undefined if nothing has changed
   * @returns the blocks of each endpoint by its key, in the order of routes and names
   */
  finish(changed: ChangedRows | undefined): ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>>;
}

/**
 * Decodes the time blocks of a run. Only what has changed since the last read is read and decoded again, whichever process wrote
 * it: every change has a version, of the endpoint and of the block. Versions increase in the order of the commits.
 */
export class BlockCache {
  readonly #runs = new LRUCache<string, CachedRun>({ max: MAX_CACHED });

  /** @param endpoints those that have blocks, in the order of routes and names */
  begin(run: RunAndCandidate, endpoints: readonly VersionedEndpoint[]): BlockRead {
    const version = endpoints.reduce((last, endpoint) => Math.max(last, endpoint.version), 0);
    const latest = this.#runs.get(nameOfRun(run));
    // A snapshot that is older than the last read contains what that has replaced.
    const cached = latest !== undefined && latest.version <= version ? latest : undefined;
    const isKnown = endpoints.every((endpoint) => knownBlocks(cached, endpoint) !== undefined);
    return {
      since: isKnown ? undefined : (cached?.version ?? 0),
      finish: (changed) => {
        const decoded = decodeEndpoints(endpoints, cached, changed);
        this.#runs.set(nameOfRun(run), { version, endpoints: decoded });
        return new Map([...decoded].map(([key, { blocks }]) => [key, blocks]));
      },
    };
  }
}

function decodeEndpoints(
  endpoints: readonly VersionedEndpoint[],
  cached: CachedRun | undefined,
  rows: ChangedRows | undefined,
): CachedRun["endpoints"] {
  const changed = rows === undefined ? undefined : new ChangedBlocks(rows);
  return new Map(
    endpoints.map((endpoint) => [
      endpoint.key,
      knownBlocks(cached, endpoint) ?? (changed as ChangedBlocks).decode(endpoint, cached?.endpoints.get(endpoint.key)),
    ]),
  );
}

function nameOfRun({ runId, candidate }: RunAndCandidate): string {
  return JSON.stringify([runId, candidate]);
}

/** The blocks of an endpoint that has not changed. */
function knownBlocks(cached: CachedRun | undefined, { key, version }: VersionedEndpoint): CachedBlocks | undefined {
  const known = cached?.endpoints.get(key);
  return known?.endpoint.version === version ? known : undefined;
}

export type SetColumns = readonly [
  endpointKey: number,
  key: number,
  paired: number,
  overflow: number,
  beyondCap: number,
  fields: string,
];
export type FeatureColumns = readonly [
  endpointKey: number,
  key: number,
  section: FeatureCount["section"],
  path: string,
  feature: string,
];

/** What is read of the endpoints that have changed since a version. */
export interface ChangedRows {
  /** Of all old blocks of changed endpoints. */
  readonly old: readonly BlockRow[];
  /** The counts of old blocks that have changed, by key. */
  readonly counts: ReadonlyMap<number, Uint8Array>;
  readonly recent: readonly RecentRow[];
  /** Of all sets and features of changed endpoints. */
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
  const leveled = kinds[OUTCOME_LEVEL];
  const [outcomeWeights, statusWeights] = [extraWeights(leveled), extraWeights(kinds[STATUS_LEVEL])];
  return {
    startedAt: slotStart(block.first),
    endsAt: slotStart(endOf(block)),
    outcomes: pairsOf(kinds[OUTCOME]).map(([key, count]) => ({
      ...nameOf(names.sets, key),
      count,
      ...weightOf(count, outcomeWeights.get(key)),
    })),
    statuses: [
      ...statusesOf("candidate", kinds[CANDIDATE_STATUS], names.endpoint, statusWeights),
      ...statusesOf("secondary", kinds[SECONDARY_STATUS], names.endpoint, NO_WEIGHTS),
    ],
    latencies: histogramsOf(kinds),
    features: featuresOf(kinds, names),
    backToBack: kinds[BACK_TO_BACK]?.counts[0] ?? 0,
    ...(leveled !== undefined && { largestWeight: largestWeight(leveled) }),
  };
}

const NO_WEIGHTS: ReadonlyMap<number, number> = new Map();

function weightOf(count: number, extra: number | undefined): { readonly weight?: number } {
  return extra === undefined ? {} : { weight: count + extra };
}

function statusesOf(
  role: StatusPairCount["role"],
  entries: Entries | undefined,
  { route, endpoint, candidate }: EndpointRow,
  weights: ReadonlyMap<number, number>,
): StatusPairCount[] {
  return pairsOf(entries).map(([id, count]) => ({
    route,
    endpoint,
    candidate,
    ...statusPairOf(id),
    role,
    count,
    ...weightOf(count, weights.get(id)),
  }));
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
