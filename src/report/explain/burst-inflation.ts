import type { ConditionCount } from "../../model/explain/explanation.ts";

/** So many neighbors are compared with their own mean: what changes more slowly is no burst. */
const WINDOW = 16;
/** Bursts are looked for in single blocks and in groups of neighbors, because they may be longer than a block. */
const GROUP_SIZES = [1, 2, 4];
/** The 90% quantile of the standard normal distribution. */
const Z_CLUMPED = 1.2816;

/**
 * How many exchanges with a cause count as one, because they come in bursts: the variance of the counts of neighboring blocks,
 * compared with that of independent exchanges (Wedderburn 1974). Causes that come in bursts meet clients that come in bursts, and
 * everything about such a client looks like a reason.
 * @param stretches blocks in order of time, from one change of the share to the next
 * @returns 1 if chance explains how they vary
 */
export function burstInflation(stretches: readonly (readonly ConditionCount[])[]): number {
  return Math.max(...GROUP_SIZES.map((size) => inflationOfGroups(stretches, size)));
}

function inflationOfGroups(stretches: readonly (readonly ConditionCount[])[], size: number): number {
  let [squares, freedom] = [0, 0];
  for (const blocks of stretches) {
    for (let from = 0; from < blocks.length; from += WINDOW) {
      const own = squaredDeviations(groupsOf(blocks.slice(from, from + WINDOW), size));
      squares += own.squares;
      freedom += own.freedom;
    }
  }
  return beyondChance(squares, freedom);
}

function groupsOf(blocks: readonly ConditionCount[], size: number): readonly ConditionCount[] {
  const groups: ConditionCount[] = [];
  for (let from = 0; from < blocks.length; from += size) {
    let [count, compared] = [0, 0];
    for (const block of blocks.slice(from, from + size)) {
      count += block.count;
      compared += block.compared;
    }
    groups.push({ count, compared });
  }
  return groups;
}

/** How many times larger the variance of counts is than that of independent exchanges with one share. */
export function dispersion(blocks: readonly ConditionCount[]): number {
  const { squares, freedom } = squaredDeviations(blocks);
  return beyondChance(squares, freedom);
}

function squaredDeviations(blocks: readonly ConditionCount[]): { readonly squares: number; readonly freedom: number } {
  let [count, compared] = [0, 0];
  for (const each of blocks) {
    count += each.count;
    compared += each.compared;
  }
  const share = count / compared;
  const variance = share * (1 - share);
  if (blocks.length < 2 || !(variance > 0)) return { squares: 0, freedom: 0 };
  // Weighed by size: blocks with a handful of exchanges decide nothing.
  let [squares, sizes] = [0, 0];
  for (const each of blocks) {
    squares += (each.count - share * each.compared) ** 2;
    sizes += each.compared ** 2;
  }
  const expected = variance * (compared - sizes / compared);
  const freedom = blocks.length - 1;
  return expected > 0 ? { squares: (squares / expected) * freedom, freedom } : { squares: 0, freedom: 0 };
}

function beyondChance(squares: number, freedom: number): number {
  if (freedom === 0) return 1;
  const inflation = squares / freedom;
  return inflation > 1 + Z_CLUMPED * Math.sqrt(2 / freedom) ? inflation : 1;
}
