/** A dyadic period: the slots from `first`, a multiple of 2^level, to `first` + 2^level exclusive. */
export interface BlockExtent {
  readonly level: number;
  readonly first: number;
}

/** A block after new slots were added: the blocks that merge into it, and the new slots that fall into it. */
export interface PlannedBlock<Block extends BlockExtent> extends BlockExtent {
  readonly merged: readonly Block[];
  readonly slots: readonly number[];
}

/** Blocks per level below the top. */
const MAX_BELOW_TOP = 4;
/** Levels in use below the top; finer ones are closed as the run grows. */
const LEVELS_BELOW_TOP = 8;
const MAX_AT_TOP = 32;
/** Slots by level, for runs of up to a century. */
const LENGTHS = Array.from({ length: 36 }, (_, level) => 2 ** level);
export const MAX_BLOCKS = MAX_AT_TOP + LEVELS_BELOW_TOP * MAX_BELOW_TOP;

/**
 * Adds slots to the blocks of an endpoint, so that recent time is finely divided and older time coarsely: every level below the
 * top keeps its newest blocks, at most 4. When one more is needed, the oldest moves up one level, together with its sibling. The top level
 * keeps at most 32 blocks; when one more is needed, the top rises by one level. There is no block without counts.
 *
 * The result depends only on the set of all slots that were ever added, not on their order or grouping: the time at which a
 * level begins is the earliest multiple of the next level's length after which it has at most 4 blocks, and this time can be
 * seen from the blocks that exist.
 * @param blocks an earlier result, in ascending order
 * @param slots in ascending order
 * @returns in ascending order, at most `MAX_BLOCKS`
 */
export function planBlocks<Block extends BlockExtent>(
  blocks: readonly Block[],
  slots: readonly number[],
): readonly PlannedBlock<Block>[] {
  const cells = occupiedCells(blocks, slots);
  const levelOf = levelsByTime(cells);
  const planned: { level: number; first: number; merged: Block[]; slots: number[] }[] = [];
  for (const { first } of cells) {
    const level = levelOf(first);
    const start = startOfBlock(first, level);
    if (planned.at(-1)?.first !== start) planned.push({ level, first: start, merged: [], slots: [] });
  }
  let [block, slot] = [0, 0];
  for (const one of planned) {
    const end = endOf(one);
    for (let next = blocks[block]; next !== undefined && next.first < end; next = blocks[++block])
      one.merged.push(next);
    for (let next = slots[slot]; next !== undefined && next < end; next = slots[++slot]) one.slots.push(next);
  }
  return planned;
}

/** The first slot after a block. */
export function endOf({ first, level }: BlockExtent): number {
  return first + (LENGTHS[level] ?? 2 ** level);
}

function startOfBlock(slot: number, level: number): number {
  const length = LENGTHS[level] ?? 2 ** level;
  return Math.floor(slot / length) * length;
}

/** The blocks, and the slots that no block covers, in ascending order. From the end, because new slots are mostly the latest. */
function occupiedCells(blocks: readonly BlockExtent[], slots: readonly number[]): readonly BlockExtent[] {
  const newestFirst: BlockExtent[] = [];
  let left = slots.length;
  const addSlots = (from: number): void => {
    for (let slot = slots[left - 1]; slot !== undefined && slot >= from; slot = slots[left - 1]) {
      left -= 1;
      newestFirst.push({ level: 0, first: slot });
    }
  };
  for (let at = blocks.length - 1; at >= 0; at -= 1) {
    const block = blocks[at] as BlockExtent;
    if (left > 0) {
      addSlots(endOf(block));
      while (left > 0 && (slots[left - 1] ?? 0) >= block.first) left -= 1;
    }
    newestFirst.push(block);
  }
  addSlots(Number.NEGATIVE_INFINITY);
  return newestFirst.toReversed();
}

/** The level of the block that a slot belongs to. */
function levelsByTime(cells: readonly BlockExtent[]): (slot: number) => number {
  const highest = cells.reduce((level, cell) => Math.max(level, cell.level), 0);
  for (let top = highest; ; top += 1) {
    const lowest = Math.max(0, top - LEVELS_BELOW_TOP);
    const borders: number[] = [];
    let older = cells.length;
    for (let level = lowest; level < top; level += 1) {
      const border = levelBegin(cells, older, level);
      while (older > 0 && (cells[older - 1]?.first ?? border) >= border) older -= 1;
      borders.push(border);
    }
    if (countBlocks(cells, older, top) > MAX_AT_TOP) continue;
    return (slot) => {
      const below = borders.findIndex((border) => slot >= border);
      return below === -1 ? top : lowest + below;
    };
  }
}

/**
 * The time from which blocks have a level: the earliest at which a block of the next level can end, so that at most
 * `MAX_BELOW_TOP` blocks follow.
 * @param end number of cells that are older than those of the levels below
 */
function levelBegin(cells: readonly BlockExtent[], end: number, level: number): number {
  let kept = 0;
  let start = Number.NaN;
  for (let at = end - 1; at >= 0; at -= 1) {
    const cell = cells[at] as BlockExtent;
    // An earlier result has decided that this cell is older than the level.
    if (cell.level > level) return endOf(cell);
    const own = startOfBlock(cell.first, level);
    if (own === start) continue;
    if (kept === MAX_BELOW_TOP) return startOfBlock(own, level + 1) + 2 ** (level + 1);
    kept += 1;
    start = own;
  }
  return Number.NEGATIVE_INFINITY;
}

/** The number of blocks of a level that contain the first `end` cells. */
function countBlocks(cells: readonly BlockExtent[], end: number, level: number): number {
  let count = 0;
  let start = Number.NaN;
  for (const { first } of cells.slice(0, end)) {
    const own = startOfBlock(first, level);
    if (own !== start) count += 1;
    start = own;
  }
  return count;
}
