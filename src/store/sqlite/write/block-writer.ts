import type { Database } from "better-sqlite3";
import { planBlocks, type BlockExtent, type PlannedBlock } from "../../block-layout.ts";
import { mergeBlocks, packBlock, unpackBlock, type BlockCounts, type CountsByKind } from "../block-counts.ts";
import { packRecentBlocks, unpackRecentBlocks, type PackedBlock } from "../recent-blocks.ts";

/** The newest blocks of an endpoint are stored together. Most changes affect them, and they are small. */
const MAX_RECENT = 12;

interface StoredBlock extends BlockExtent {
  readonly version: number;
  /** Of its own row; null if it is recent. */
  readonly key: number | null;
  /** Packed; null if they are in a row of their own. */
  readonly counts: Uint8Array | null;
}

/** New counts by endpoint and slot. */
export type SlotCounts = ReadonlyMap<number, ReadonlyMap<number, BlockCounts>>;

interface Change {
  readonly endpointKey: number;
  readonly version: number;
  readonly bySlot: ReadonlyMap<number, BlockCounts>;
}

/**
 * Adds counts to the time blocks of endpoints. Blocks that become one are merged in the same transaction. The blocks are
 * cached: call `forget` after another process has written, and after a rollback.
 */
export class BlockWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** By endpoint key; in ascending order. */
  readonly #layouts = new Map<number, readonly StoredBlock[]>();

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  forget(): void {
    this.#layouts.clear();
  }

  /** Must run within a transaction. */
  write(counts: SlotCounts): void {
    if (counts.size === 0) return;
    const version = this.#statements.nextVersion.get() as number;
    for (const [endpointKey, bySlot] of counts) {
      const layout = this.#layouts.get(endpointKey) ?? this.#load(endpointKey);
      const slots = [...bySlot.keys()].sort((one, other) => one - other);
      const change: Change = { endpointKey, version, bySlot };
      const blocks = planBlocks(layout, slots).map((planned) => this.#apply(planned, change));
      this.#layouts.set(endpointKey, this.#store(blocks, change));
    }
  }

  /** Deletes the blocks of a run that begin before a slot. Must run within a transaction. */
  deleteBefore(runKey: number, slot: number): void {
    const { nextVersion, markChanged, deleteOld, selectRecentBefore, putRecent, deleteEmpty } = this.#statements;
    const version = nextVersion.get() as number;
    markChanged.run({ version, runKey, slot });
    deleteOld.run({ runKey, slot });
    for (const { endpointKey, blocks } of selectRecentBefore.all({ runKey, slot })) {
      const kept = unpackRecentBlocks(blocks).filter(({ first }) => first >= slot);
      putRecent.run(endpointKey, version, kept[0]?.first ?? null, packRecentBlocks(kept));
    }
    deleteEmpty.run({ runKey });
    this.forget();
  }

  #load(endpointKey: number): readonly StoredBlock[] {
    const recent = this.#statements.selectRecent.get(endpointKey);
    const blocks = recent === undefined ? [] : unpackRecentBlocks(recent);
    return [
      ...this.#statements.selectOld
        .all(endpointKey)
        .map(({ level, first, version, key }) => storedBlock(level, first, version, key, null)),
      ...blocks.map(({ level, first, version, counts }) => storedBlock(level, first, version, null, counts)),
    ].sort((one, other) => one.first - other.first);
  }

  #apply({ level, first, merged, slots }: PlannedBlock<StoredBlock>, { version, bySlot }: Change): StoredBlock {
    const [only, ...others] = merged;
    if (only !== undefined && others.length === 0 && slots.length === 0) {
      if (only.level === level) return only;
      if (only.key !== null) this.#statements.moveOld.run(first, level, version, only.key);
      return storedBlock(level, first, version, only.key, only.counts);
    }
    const all = merged.map((block) => unpackBlock(this.#countsOf(block)));
    const added = sumSlots(slots, bySlot);
    if (added !== undefined) all.push(added);
    const counts = packBlock(all.reduce(mergeBlocks));
    const keys = merged.flatMap(({ key }) => (key === null ? [] : [key]));
    const [key = null, ...deleted] = keys;
    for (const old of deleted) this.#statements.deleteBlock.run(old);
    if (key === null) return storedBlock(level, first, version, null, counts);
    this.#statements.updateOld.run(first, level, version, counts, key);
    return storedBlock(level, first, version, key, null);
  }

  #countsOf({ counts, key }: StoredBlock): Uint8Array {
    return counts ?? (this.#statements.selectCounts.get(key as number) as Uint8Array);
  }

  /** Gives the oldest of too many recent blocks a row of their own, and stores the others. */
  #store(blocks: readonly StoredBlock[], { endpointKey, version }: Change): readonly StoredBlock[] {
    const { insertOld, putRecent } = this.#statements;
    let surplus = blocks.reduce((sum, { key }) => (key === null ? sum + 1 : sum), -MAX_RECENT);
    const recent: PackedBlock[] = [];
    const stored = blocks.map((block): StoredBlock => {
      const { level, first, version: ofBlock, counts } = block;
      if (counts === null) return block;
      surplus -= 1;
      if (surplus < 0) {
        recent.push({ level, first, version: ofBlock, counts });
        return block;
      }
      const { lastInsertRowid } = insertOld.run(endpointKey, first, level, ofBlock, counts);
      return storedBlock(level, first, ofBlock, Number(lastInsertRowid), null);
    });
    putRecent.run(endpointKey, version, recent[0]?.first ?? null, packRecentBlocks(recent));
    return stored;
  }
}

/** Objects of one shape: reading their properties is what planning spends its time with. */
function storedBlock(
  level: number,
  first: number,
  version: number,
  key: number | null,
  counts: Uint8Array | null,
): StoredBlock {
  return { level, first, version, key, counts };
}

function sumSlots(slots: readonly number[], bySlot: ReadonlyMap<number, BlockCounts>): CountsByKind | undefined {
  const [sum, ...others] = slots.map((slot) => bySlot.get(slot) as BlockCounts);
  for (const counts of others) sum?.addAll(counts);
  return sum?.entries();
}

interface RunBefore {
  readonly runKey: number;
  readonly slot: number;
}

function prepareStatements(db: Database) {
  const ofRun = "endpoint_key IN (SELECT key FROM endpoint WHERE run_key = @runKey)";
  return {
    nextVersion: db.prepare<[], number>("UPDATE block_version SET version = version + 1 RETURNING version").pluck(),
    selectOld: db.prepare<[number], Omit<StoredBlock, "key" | "counts"> & { readonly key: number }>(
      "SELECT key, first_slot AS first, level, version FROM block WHERE endpoint_key = ?",
    ),
    selectRecent: db.prepare<[number], Uint8Array>("SELECT blocks FROM recent_blocks WHERE endpoint_key = ?").pluck(),
    selectCounts: db.prepare<[number], Uint8Array>("SELECT counts FROM block WHERE key = ?").pluck(),
    putRecent: db.prepare<[number, number, number | null, Uint8Array]>(
      `INSERT INTO recent_blocks (endpoint_key, version, first_slot, blocks) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET version = excluded.version, first_slot = excluded.first_slot, blocks = excluded.blocks`,
    ),
    insertOld: db.prepare<[number, number, number, number, Uint8Array]>(
      "INSERT INTO block (endpoint_key, first_slot, level, version, counts) VALUES (?, ?, ?, ?, ?)",
    ),
    updateOld: db.prepare<[number, number, number, Uint8Array, number]>(
      "UPDATE block SET first_slot = ?, level = ?, version = ?, counts = ? WHERE key = ?",
    ),
    moveOld: db.prepare<[number, number, number, number]>(
      "UPDATE block SET first_slot = ?, level = ?, version = ? WHERE key = ?",
    ),
    deleteBlock: db.prepare<[number]>("DELETE FROM block WHERE key = ?"),
    markChanged: db.prepare<[RunBefore & { readonly version: number }]>(
      `UPDATE recent_blocks SET version = @version WHERE ${ofRun}
       AND EXISTS (SELECT 1 FROM block WHERE block.endpoint_key = recent_blocks.endpoint_key AND block.first_slot < @slot)`,
    ),
    deleteOld: db.prepare<[RunBefore]>(`DELETE FROM block WHERE ${ofRun} AND first_slot < @slot`),
    selectRecentBefore: db.prepare<[RunBefore], { readonly endpointKey: number; readonly blocks: Uint8Array }>(
      `SELECT endpoint_key AS endpointKey, blocks FROM recent_blocks WHERE ${ofRun} AND first_slot < @slot`,
    ),
    deleteEmpty: db.prepare<[{ readonly runKey: number }]>(
      `DELETE FROM recent_blocks WHERE ${ofRun} AND first_slot IS NULL
       AND NOT EXISTS (SELECT 1 FROM block WHERE block.endpoint_key = recent_blocks.endpoint_key)`,
    ),
  };
}
