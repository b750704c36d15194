import type { ConditionCount } from "../../model/explain/explanation.ts";

/** So many neighbors are compared with their own mean: what changes more slowly is no burst. */
const WINDOWS = [4, 8, 16];
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
  return Math.max(...WINDOWS.map((window) => inflationWithin(stretches, window)));
}

function inflationWithin(stretches: readonly (readonly ConditionCount[])[], window: number): number {
  let [squares, freedom] = [0, 0];
  for (const blocks of stretches) {
    for (let from = 0; from < blocks.length; from += window) {
      const own = squaredDeviations(blocks.slice(from, from + window));
      squares += own.squares;
      freedom += own.freedom;
    }
  }
  return beyondChance(squares, freedom);
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
