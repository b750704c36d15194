import { slotOf } from "../../lib/time-slots.ts";
import type { BlockSum } from "./block-spread.ts";

type Period = Pick<BlockSum, "startedAt" | "endsAt">;

/** A pause of a server fills a shorter window. */
const SHORTEST_MS = 2_000;
/** Fewer blocks do not show whether the change lasts, or was a single burst. */
const FEWEST_BLOCKS = 4;
/** Fewer blocks before the window do not show how far the server wanders. */
const FEWEST_BEFORE = 8;

/** A moment from which on the rest of a run is judged. */
interface StartPoint {
  /** Of the first block after it. */
  readonly index: number;
  /** What the choice of the start point costs: an amount of ln E by which the bar of evidence rises. */
  readonly price: number;
}

/**
 * The start points from which the rest of a run can be judged, earliest first. Many are tried at many moments, so each has a price:
 * start point i of length 2^l has the weight 1/((i+1)(i+2)(l+1)(l+2)), and all weights add up to at most 1 (a mixture over start
 * points: Shin, Ramdas & Rinaldo 2024, E-detectors). Evidence that exceeds its bar by the price therefore keeps the error rate of a single
 * test, whenever the run is checked.
 * @param blocks ascending
 */
export function startPoints(blocks: readonly Period[]): readonly StartPoint[] {
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (first === undefined || last === undefined) return [];
  return blocks.flatMap((block, index) => {
    if (index < FEWEST_BEFORE || blocks.length - index < FEWEST_BLOCKS) return [];
    if (last.endsAt - block.startedAt < SHORTEST_MS) return [];
    return [{ index, price: startPrice(block, first.startedAt) }];
  });
}

function startPrice({ startedAt, endsAt }: Period, runStart: number): number {
  const length = endsAt - startedAt;
  const level = Math.log2(slotOf(length));
  const index = Math.floor((startedAt - runStart) / length);
  return Math.log((index + 1) * (index + 2) * (level + 1) * (level + 2));
}
