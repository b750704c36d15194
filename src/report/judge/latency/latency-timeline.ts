import { memoizeLast, memoizeList } from "../../../lib/memoize.ts";
import type { LatencyHistograms, TimeBlock } from "../../../store/store.ts";
import { createLatencySum, sumLatencies } from "../../../store/sum-latencies.ts";
import { totalOf } from "../../statistics/bucket-statistics.ts";

/** The latencies of one period. */
export type LatencyBlock = Pick<TimeBlock, "startedAt" | "endsAt" | "latencies" | "backToBack">;

/** The latencies of one endpoint or of several. */
export interface LatencyTimeline {
  /** Of the entire run. */
  readonly totals: LatencyHistograms;
  /** Ascending, without the cold start. Runs of older versions have none. */
  readonly blocks: readonly LatencyBlock[];
  /** Exchanges that were left out as the cold start. */
  readonly coldStart: number;
}

/** The first exchanges of an endpoint meet empty caches, cold code and closed connections. */
const COLD_EXCHANGES = 100;
/** A cold start is at most this share of the exchanges. */
const COLD_SHARE = 0.1;

/**
 * The latencies of one endpoint without its cold start: the first blocks until they hold 100 exchanges, but at most a tenth of
 * all.
 */
export const timelineOf = memoizeLast(
  (totals: LatencyHistograms, { blocks }: { readonly blocks: readonly LatencyBlock[] }): LatencyTimeline => {
    const counts = blocks.map(({ latencies }) => totalOf(latencies.ratio));
    const most = COLD_SHARE * counts.reduce((sum, count) => sum + count, 0);
    let [first, coldStart] = [0, 0];
    while (coldStart < COLD_EXCHANGES && coldStart + (counts[first] ?? Number.POSITIVE_INFINITY) <= most) {
      coldStart += counts[first] ?? 0;
      first += 1;
    }
    return { totals, blocks: blocks.slice(first), coldStart };
  },
);

/** Only the newest blocks of an endpoint change. */
const sumOfBlocks = createLatencySum();

/** The latencies that are judged: without the cold start. */
export function judgedLatencies({ totals, blocks }: LatencyTimeline): LatencyHistograms {
  return blocks.length === 0 ? totals : sumOfBlocks(blocks.map(({ latencies }) => latencies));
}

/** The latencies of several endpoints together. */
export const mergeTimelines = memoizeList((all: readonly LatencyTimeline[]): LatencyTimeline => ({
  totals: sumOfTotals(all.map(({ totals }) => totals)),
  blocks: mergeBlocks(all.map(({ blocks }) => blocks)),
  coldStart: all.reduce((sum, { coldStart }) => sum + coldStart, 0),
}));

/** Reports follow each other, and most endpoints and most of their blocks have not changed since the last. */
const [sumOfTotals, sumOfEndpoints] = [createLatencySum(), createLatencySum()];

/** Adds up blocks of several endpoints. They are dyadic, so one of two blocks that overlap contains the other. */
function mergeBlocks(all: readonly (readonly LatencyBlock[])[]): readonly LatencyBlock[] {
  const groups: LatencyBlock[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const sameTime of blocksByTime(all)) {
    const [{ startedAt, endsAt }] = sameTime;
    if (startedAt < end) groups.at(-1)?.push(...sameTime);
    else {
      groups.push([...sameTime]);
      end = endsAt;
    }
  }
  return groups.flatMap((group) => {
    const [widest] = group;
    if (widest === undefined || group.length === 1) return group;
    return [
      {
        ...widest,
        latencies: sumOfEndpoints(group.map(({ latencies }) => latencies)),
        backToBack: group.reduce((sum, { backToBack }) => sum + backToBack, 0),
      },
    ];
  });
}

type SameTime = [LatencyBlock, ...LatencyBlock[]];

/** The blocks of each period, in the order of their beginnings; a period comes before those that it contains. */
function blocksByTime(all: readonly (readonly LatencyBlock[])[]): readonly SameTime[] {
  const byStart = new Map<number, Map<number, SameTime>>();
  for (const blocks of all) {
    for (const block of blocks) {
      let byEnd = byStart.get(block.startedAt);
      if (byEnd === undefined) byStart.set(block.startedAt, (byEnd = new Map()));
      const sameTime = byEnd.get(block.endsAt);
      if (sameTime === undefined) byEnd.set(block.endsAt, [block]);
      else sameTime.push(block);
    }
  }
  return [...byStart.values()]
    .flatMap((byEnd) => [...byEnd.values()])
    .sort(([a], [b]) => a.startedAt - b.startedAt || b.endsAt - a.endsAt);
}

export const NO_TIMELINE: LatencyTimeline = { totals: sumLatencies([]), blocks: [], coldStart: 0 };
