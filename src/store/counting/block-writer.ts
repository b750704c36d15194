import { planBlocks, type BlockExtent, type PlannedBlock } from "../block-layout.ts";
import { mergeBlocks, packBlock, unpackBlock, type BlockCounts, type CountsByKind } from "../packing/block-counts.ts";
import { packRecentBlocks, unpackRecentBlocks, type PackedBlock } from "../packing/recent-blocks.ts";

/** The newest blocks of an endpoint are stored together. Most changes affect them, and they are small. */
const MAX_RECENT = 12;

interface StoredBlock extends VersionedExtent {
  /** Of its own row; null if it is recent. */
  readonly key: number | null;
  /** Packed; null if they are in a row of their own. */
  readonly counts: Uint8Array | null;
}

/** The place of a block, and its last change. */
export interface VersionedExtent extends BlockExtent {
  readonly version: number;
}

/** The rows of blocks: old ones have a row each, the newest of an endpoint are in one. Counts are packed. */
export interface BlockRows {
  /** Increases the version of all blocks. @returns the new one */
  nextVersion(): number;
  selectOld(endpointKey: number): readonly (VersionedExtent & { readonly key: number })[];
  selectRecent(endpointKey: number): Uint8Array | undefined;
  /** The counts of an old block. */
  selectCounts(key: number): Uint8Array;
  /**
   * Replaces the recent blocks of an endpoint.
   * @param version of the last change of any of its blocks
   * @param firstSlot of the oldest of them; null if there are none
   */
  putRecent(endpointKey: number, version: number, firstSlot: number | null, blocks: Uint8Array): void;
  /** @returns the key of the new row */
  insertOld(endpointKey: number, extent: VersionedExtent, counts: Uint8Array): number;
  updateOld(key: number, extent: VersionedExtent, counts: Uint8Array): void;
  /** Changes the extent of an old block whose counts stay. */
  moveOld(key: number, extent: VersionedExtent): void;
  deleteOld(key: number): void;
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
  readonly #rows: BlockRows;
  /** By endpoint key; in ascending order. */
  readonly #layouts = new Map<number, readonly StoredBlock[]>();

  constructor(rows: BlockRows) {
    this.#rows = rows;
  }

  forget(): void {
    this.#layouts.clear();
  }

  /** Must run within a transaction. */
  write(counts: SlotCounts): void {
    if (counts.size === 0) return;
    const version = this.#rows.nextVersion();
    for (const [endpointKey, bySlot] of counts) {
      const layout = this.#layouts.get(endpointKey) ?? this.#load(endpointKey);
      const slots = [...bySlot.keys()].sort((one, other) => one - other);
      const change: Change = { endpointKey, version, bySlot };
      const blocks = planBlocks(layout, slots).map((planned) => this.#apply(planned, change));
      this.#layouts.set(endpointKey, this.#store(blocks, change));
    }
  }

  #load(endpointKey: number): readonly StoredBlock[] {
    const recent = this.#rows.selectRecent(endpointKey);
    const blocks = recent === undefined ? [] : unpackRecentBlocks(recent);
    return [
      ...this.#rows
        .selectOld(endpointKey)
        .map(({ level, first, version, key }) => storedBlock(level, first, version, key, null)),
      ...blocks.map(({ level, first, version, counts }) => storedBlock(level, first, version, null, counts)),
    ].sort((one, other) => one.first - other.first);
  }

  #apply({ level, first, merged, slots }: PlannedBlock<StoredBlock>, { version, bySlot }: Change): StoredBlock {
    const [only, ...others] = merged;
    if (only !== undefined && others.length === 0 && slots.length === 0) {
      if (only.level === level) return only;
      if (only.key !== null) this.#rows.moveOld(only.key, { level, first, version });
      return storedBlock(level, first, version, only.key, only.counts);
    }
    const all = merged.map((block) => unpackBlock(this.#countsOf(block)));
    const added = sumSlots(slots, bySlot);
    if (added !== undefined) all.push(added);
    const counts = packBlock(all.reduce(mergeBlocks));
    const keys = merged.flatMap(({ key }) => (key === null ? [] : [key]));
    const [key = null, ...deleted] = keys;
    for (const old of deleted) this.#rows.deleteOld(old);
    if (key === null) return storedBlock(level, first, version, null, counts);
    this.#rows.updateOld(key, { level, first, version }, counts);
    return storedBlock(level, first, version, key, null);
  }

  #countsOf({ counts, key }: StoredBlock): Uint8Array {
    return counts ?? this.#rows.selectCounts(key as number);
  }

  /** Gives the oldest of too many recent blocks a row of their own, and stores the others. */
  #store(blocks: readonly StoredBlock[], { endpointKey, version }: Change): readonly StoredBlock[] {
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
      const key = this.#rows.insertOld(endpointKey, { level, first, version: ofBlock }, counts);
      return storedBlock(level, first, ofBlock, key, null);
    });
    this.#rows.putRecent(endpointKey, version, recent[0]?.first ?? null, packRecentBlocks(recent));
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
