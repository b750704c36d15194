import { planBlocks } from "../../../block-layout.ts";
import type { BlockRows, SlotCounts, VersionedExtent } from "../../../counting/block-writer.ts";
import { unpackRecentBlocks } from "../../../packing/recent-blocks.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { insertInto, rowStatement, selectRows, writeRows } from "../write-rows.ts";

/** A block with a row of its own. The number is of this process: in the database, endpoint and first slot identify it. */
interface OldBlock {
  readonly key: number;
  readonly endpointKey: number;
  extent: VersionedExtent;
  /** The first slot of its row; null if it has none yet. */
  storedFirst: number | null;
  /** Only while they are needed or not written yet. */
  counts: Uint8Array | null;
}

interface RecentRow {
  readonly endpointKey: number;
  readonly version: number;
  readonly firstSlot: number | null;
  readonly blocks: Uint8Array;
}

interface BlockRow {
  readonly endpointKey: number;
  readonly firstSlot: number;
  readonly level: number;
  readonly version: number;
  readonly counts: Uint8Array;
}

type BlockPlace = Pick<BlockRow, "endpointKey" | "firstSlot">;
type MovedBlock = Omit<BlockRow, "counts"> & { readonly storedFirst: number };

const OF_PLACE = "run_key = $1 AND block.endpoint_key = new.endpoint_key AND block.first_slot = new.first_slot";
const PLACE = [
  ["endpointKey", "endpoint_key", "integer"],
  ["firstSlot", "first_slot", "bigint"],
] as const;
const VERSIONED = [...PLACE, ["level", "level", "integer"], ["version", "version", "bigint"]] as const;
const SELECT_COUNTS = rowStatement<BlockPlace>(
  PLACE,
  (rows) =>
    `SELECT block.endpoint_key AS "endpointKey", block.first_slot AS "firstSlot", counts FROM block JOIN ${rows} ON ${OF_PLACE}`,
);
const DELETE = rowStatement<BlockPlace>(PLACE, (rows) => `DELETE FROM block USING ${rows} WHERE ${OF_PLACE}`);
const MOVE = rowStatement<MovedBlock>(
  [...VERSIONED, ["storedFirst", "stored_first", "bigint"]],
  (rows) =>
    `UPDATE block SET first_slot = new.first_slot, level = new.level, version = new.version FROM ${rows}
     WHERE run_key = $1 AND block.endpoint_key = new.endpoint_key AND block.first_slot = stored_first`,
);
const PUT = insertInto<BlockRow>(
  "block",
  [...VERSIONED, ["counts", "counts", "bytea"]],
  `ON CONFLICT (run_key, endpoint_key, first_slot)
   DO UPDATE SET level = excluded.level, version = excluded.version, counts = excluded.counts`,
);
const PUT_RECENT = insertInto<RecentRow>(
  "recent_blocks",
  [
    ["endpointKey", "endpoint_key", "integer"],
    ["version", "version", "bigint"],
    ["firstSlot", "first_slot", "bigint"],
    ["blocks", "blocks", "bytea"],
  ],
  `ON CONFLICT (run_key, endpoint_key)
   DO UPDATE SET version = excluded.version, first_slot = excluded.first_slot, blocks = excluded.blocks`,
);

/** The blocks of the endpoints that were counted since it was created, in memory: the recent ones, and the extents of old ones. */
export class BlockMemory implements BlockRows {
  readonly #runKey: number;
  readonly #nextVersion: () => number;
  readonly #recent = new Map<number, Uint8Array>();
  readonly #old = new Map<number, OldBlock>();
  readonly #oldOfEndpoint = new Map<number, Set<OldBlock>>();
  readonly #putRecent = new Map<number, RecentRow>();
  readonly #changed = new Set<OldBlock>();
  readonly #deleted: BlockPlace[] = [];
  #lastKey = 0;

  /** @param nextVersion increases the version of all blocks */
  constructor(runKey: number, nextVersion: () => number) {
    this.#runKey = runKey;
    this.#nextVersion = nextVersion;
  }

  /** Must be called before the counts are added. */
  async load(session: PostgresSession, counts: SlotCounts): Promise<void> {
    await this.#loadEndpoints(
      session,
      [...counts.keys()].filter((key) => !this.#oldOfEndpoint.has(key)),
    );
    const needed = [...counts].flatMap(([endpointKey, bySlot]) => this.#mergedInto(endpointKey, [...bySlot.keys()]));
    const places = needed.map(({ endpointKey, extent }) => ({ endpointKey, firstSlot: extent.first }));
    const rows = await selectRows<BlockPlace, BlockPlace & { readonly counts: Uint8Array }>(
      session,
      SELECT_COUNTS,
      this.#runKey,
      places,
    );
    const countsAt = new Map(
      rows.map(({ endpointKey, firstSlot, counts: own }) => [`${endpointKey} ${firstSlot}`, own]),
    );
    for (const block of needed) block.counts = countsAt.get(`${block.endpointKey} ${block.extent.first}`) ?? null;
  }

  nextVersion(): number {
    return this.#nextVersion();
  }

  selectOld(endpointKey: number): readonly (VersionedExtent & { readonly key: number })[] {
    return Array.from(this.#oldOf(endpointKey), ({ key, extent }) => ({ ...extent, key }));
  }

  selectRecent(endpointKey: number): Uint8Array | undefined {
    return this.#recent.get(endpointKey);
  }

  selectCounts(key: number): Uint8Array {
    const counts = this.#old.get(key)?.counts;
    if (counts === undefined || counts === null) throw new Error(`The counts of block ${key} are not loaded.`);
    return counts;
  }

  putRecent(endpointKey: number, version: number, firstSlot: number | null, blocks: Uint8Array): void {
    this.#recent.set(endpointKey, blocks);
    this.#putRecent.set(endpointKey, { endpointKey, version, firstSlot, blocks });
  }

  insertOld(endpointKey: number, extent: VersionedExtent, counts: Uint8Array): number {
    const block = this.#addOld({ endpointKey, extent, storedFirst: null, counts });
    this.#changed.add(block);
    return block.key;
  }

  updateOld(key: number, extent: VersionedExtent, counts: Uint8Array): void {
    const block = this.#oldBlock(key);
    Object.assign(block, { extent, counts });
    this.#changed.add(block);
  }

  moveOld(key: number, extent: VersionedExtent): void {
    const block = this.#oldBlock(key);
    block.extent = extent;
    this.#changed.add(block);
  }

  deleteOld(key: number): void {
    const block = this.#oldBlock(key);
    this.#old.delete(key);
    this.#oldOf(block.endpointKey).delete(block);
    this.#changed.delete(block);
    if (block.storedFirst !== null)
      this.#deleted.push({ endpointKey: block.endpointKey, firstSlot: block.storedFirst });
  }

  async write(session: PostgresSession): Promise<void> {
    const deleted = this.#deleted.splice(0);
    const [moved, put]: [MovedBlock[], BlockRow[]] = [[], []];
    for (const block of this.#changed) {
      const { endpointKey, extent, storedFirst, counts } = block;
      const { first: firstSlot, level, version } = extent;
      if (counts === null)
        moved.push({ endpointKey, firstSlot, level, version, storedFirst: storedFirst ?? firstSlot });
      else put.push({ endpointKey, firstSlot, level, version, counts });
      if (counts !== null && storedFirst !== null && storedFirst !== firstSlot)
        deleted.push({ endpointKey, firstSlot: storedFirst });
      block.storedFirst = firstSlot;
      block.counts = null;
    }
    this.#changed.clear();
    // In this order, because a block can take the place of one that is deleted.
    await writeRows(session, DELETE, this.#runKey, deleted);
    await writeRows(session, MOVE, this.#runKey, moved);
    await writeRows(session, PUT, this.#runKey, put);
    await writeRows(session, PUT_RECENT, this.#runKey, [...this.#putRecent.values()]);
    this.#putRecent.clear();
  }

  async #loadEndpoints(session: PostgresSession, endpoints: readonly number[]): Promise<void> {
    if (endpoints.length === 0) return;
    for (const endpointKey of endpoints) this.#oldOfEndpoint.set(endpointKey, new Set());
    const ofEndpoints = [this.#runKey, endpoints];
    const old = await session.query<VersionedExtent & { readonly endpointKey: number }>(
      `SELECT endpoint_key AS "endpointKey", first_slot AS first, level, version FROM block
       WHERE run_key = $1 AND endpoint_key = ANY ($2)`,
      ofEndpoints,
    );
    for (const { endpointKey, ...extent } of old.rows)
      this.#addOld({ endpointKey, extent, storedFirst: extent.first, counts: null });
    const recent = await session.query<{ readonly endpointKey: number; readonly blocks: Uint8Array }>(
      `SELECT endpoint_key AS "endpointKey", blocks FROM recent_blocks WHERE run_key = $1 AND endpoint_key = ANY ($2)`,
      ofEndpoints,
    );
    for (const { endpointKey, blocks } of recent.rows) this.#recent.set(endpointKey, blocks);
  }

  /** The old blocks whose counts the planned change reads. */
  #mergedInto(endpointKey: number, slots: readonly number[]): readonly OldBlock[] {
    const old = this.#oldOf(endpointKey);
    if (old.size === 0) return [];
    const recent = unpackRecentBlocks(this.#recent.get(endpointKey) ?? new Uint8Array());
    const layout = [
      ...Array.from(old, (block) => ({ ...block.extent, block })),
      ...recent.map((extent) => ({ ...extent, block: null })),
    ].toSorted((one, other) => one.first - other.first);
    const rising = slots.toSorted((one, other) => one - other);
    return planBlocks(layout, rising).flatMap(({ merged, slots: added }) =>
      merged.length > 1 || added.length > 0 ? merged.flatMap(({ block }) => block ?? []) : [],
    );
  }

  #addOld(block: Omit<OldBlock, "key">): OldBlock {
    const added = { ...block, key: ++this.#lastKey };
    this.#old.set(added.key, added);
    this.#oldOf(block.endpointKey).add(added);
    return added;
  }

  #oldOf(endpointKey: number): Set<OldBlock> {
    const known = this.#oldOfEndpoint.get(endpointKey) ?? new Set();
    this.#oldOfEndpoint.set(endpointKey, known);
    return known;
  }

  #oldBlock(key: number): OldBlock {
    const block = this.#old.get(key);
    if (block === undefined) throw new Error(`There is no block ${key}.`);
    return block;
  }
}
