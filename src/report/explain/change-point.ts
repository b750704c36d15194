import type { ConditionCount } from "../../model/explain/explanation.ts";
import { logBeta } from "../statistics/beta-function.ts";
import { ALPHA } from "../statistics/significance.ts";
import { dispersion } from "./burst-inflation.ts";

/** The exchanges of one endpoint in one period, with and without a cause; exact. */
export interface CauseBlock extends ConditionCount {
  /** Unix milliseconds; inclusive. */
  readonly startedAt: number;
  /** Unix milliseconds; exclusive. */
  readonly endsAt: number;
}

/** The share of exchanges with a cause clearly changes here. */
export interface ChangePoint {
  /** The block that begins with the change. */
  readonly block: CauseBlock;
  readonly before: ConditionCount;
  readonly after: ConditionCount;
  /** ln E. */
  readonly evidence: number;
}

/** Conditions, pairs and moments share the false alarms of a cause: half, a quarter, a quarter. */
const CHANGE_ALPHA = ALPHA / 4;
/** A smaller change of the share explains nothing. */
const CLEAR_CHANGE = 2;

/**
 * The moment at which the share of exchanges with a cause changes, if there is one. For each border between two blocks the
 * likelihood of two shares, in Jeffreys' mixture, is compared with the largest likelihood of a single one, which is an e-value
 * for any single share (universal inference: Wasserman, Ramdas & Balakrishnan 2020, PNAS 117:16880); the mean over the borders
 * is one, too, so that many borders cost no false alarms. Counts are divided by how much more blocks vary than chance explains,
 * so that a burst is no change.
 * @param blocks in order of time
 * @returns null without a clear change
 */
export function findChangePoint(blocks: readonly CauseBlock[]): ChangePoint | null {
  const used = blocks.filter(({ compared }) => compared > 0);
  const total = sumCounts(used);
  if (used.length < 2 || total.count === 0 || total.count === total.compared) return null;
  const borders = bordersOf(used, total);
  const best = strongest(borders, 1);
  if (best === undefined) return null;
  const at = used.indexOf(best.block);
  const inflation = Math.max(dispersion(used.slice(0, at)), dispersion(used.slice(at)));
  const evidence = meanEvidence(borders, inflation);
  const found = strongest(borders, inflation);
  if (found === undefined || evidence < -Math.log(CHANGE_ALPHA) || !isClear(found)) return null;
  return { ...withPartialBlock(found, used), evidence };
}

/**
 * The cause began within the block before the border if it shows in no earlier one: that block has exchanges of both sides.
 * @param blocks in order of time
 */
function withPartialBlock(border: Border, blocks: readonly CauseBlock[]): Border {
  const partial = blocks[blocks.indexOf(border.block) - 1];
  if (partial === undefined || partial.count === 0 || partial.count < border.before.count) return border;
  const before = { count: 0, compared: border.before.compared - partial.compared };
  return before.compared === 0 ? border : { block: partial, before, after: sumCounts([partial, border.after]) };
}

type Border = Omit<ChangePoint, "evidence">;

function bordersOf(blocks: readonly CauseBlock[], total: ConditionCount): readonly Border[] {
  let before = { count: 0, compared: 0 };
  return blocks.flatMap((block, at) => {
    if (at > 0) before = sumCounts([before, blocks[at - 1] ?? before]);
    const after = { count: total.count - before.count, compared: total.compared - before.compared };
    return at === 0 ? [] : [{ block, before, after }];
  });
}

function strongest(borders: readonly Border[], inflation: number): Border | undefined {
  let best: { readonly border: Border; readonly evidence: number } | undefined;
  for (const border of borders) {
    const evidence = changeEvidence(border, inflation);
    if (best === undefined || evidence > best.evidence) best = { border, evidence };
  }
  return best?.border;
}

/** ln of the mean e-value. */
function meanEvidence(borders: readonly Border[], inflation: number): number {
  const all = borders.map((border) => changeEvidence(border, inflation));
  const largest = Math.max(...all);
  return largest + Math.log(all.reduce((sum, each) => sum + Math.exp(each - largest), 0) / all.length);
}

function changeEvidence({ before, after }: Border, inflation: number): number {
  const together = sumCounts([before, after]);
  return logMixture(before, inflation) + logMixture(after, inflation) - logLargest(together, inflation);
}

function logMixture({ count, compared }: ConditionCount, by: number): number {
  return logBeta(count / by + 0.5, (compared - count) / by + 0.5) - Math.log(Math.PI); // B(½, ½) = π
}

function logLargest({ count, compared }: ConditionCount, by: number): number {
  const others = compared - count;
  return (count * Math.log(count / compared) + others * Math.log(others / compared)) / by;
}

function isClear({ before, after }: Border): boolean {
  const [early, late] = [before.count / before.compared, after.count / after.compared];
  return late >= CLEAR_CHANGE * early || early >= CLEAR_CHANGE * late;
}

function sumCounts(counts: readonly ConditionCount[]): ConditionCount {
  let [count, compared] = [0, 0];
  for (const each of counts) {
    count += each.count;
    compared += each.compared;
  }
  return { count, compared };
}
