import { slotOf, slotStart } from "../../lib/time-slots.ts";
import { endOf, planBlocks, type BlockExtent } from "../block-layout.ts";
import type { TimeBlock } from "../store.ts";
import { sumLatencies } from "../sum-latencies.ts";
import { sumFeatures, sumOutcomes, sumStatuses } from "./sum-rows.ts";

interface Sum {
  readonly parts: readonly TimeBlock[];
  readonly block: TimeBlock;
}

/** The last sum by its first part: while the parts are the same, so is the sum. */
const sums = new WeakMap<TimeBlock, Sum>();

/**
 * Adds up the blocks of several endpoints. A period that one endpoint has divided finely and another one coarsely is one
 * block, and no more blocks result than one endpoint would have.
 */
export function sumBlocks(parts: readonly (readonly TimeBlock[])[], endpoint: string): readonly TimeBlock[] {
  const blocks = parts.flat().toSorted((one, other) => one.startedAt - other.startedAt || other.endsAt - one.endsAt);
  let next = 0;
  return planBlocks(coveringExtents(blocks), []).map((extent) => {
    const from = next;
    const [startedAt, endsAt] = [slotStart(extent.first), slotStart(endOf(extent))];
    while ((blocks[next]?.startedAt ?? Infinity) < endsAt) next += 1;
    return sumBlock(blocks.slice(from, next), { startedAt, endsAt, endpoint });
  });
}

/** The extents that are not within another one. Extents are dyadic: two of them are disjoint, or one contains the other. */
function coveringExtents(blocks: readonly TimeBlock[]): readonly BlockExtent[] {
  const extents: BlockExtent[] = [];
  let end = -Infinity;
  for (const { startedAt, endsAt } of blocks) {
    if (startedAt < end) continue;
    const first = slotOf(startedAt);
    extents.push({ first, level: Math.round(Math.log2(slotOf(endsAt) - first)) });
    end = endsAt;
  }
  return extents;
}

interface SumName {
  readonly startedAt: number;
  readonly endsAt: number;
  readonly endpoint: string;
}

function sumBlock(parts: readonly TimeBlock[], { startedAt, endsAt, endpoint }: SumName): TimeBlock {
  const [first] = parts as [TimeBlock];
  const known = sums.get(first);
  if (known?.block.startedAt === startedAt && known.block.endsAt === endsAt && areSame(known.parts, parts)) {
    return known.block;
  }
  const largest = Math.max(...parts.map(({ largestWeight = 1 }) => largestWeight));
  const block: TimeBlock = {
    startedAt,
    endsAt,
    outcomes: sumOutcomes(
      parts.map(({ outcomes }) => outcomes),
      endpoint,
    ),
    statuses: sumStatuses(
      parts.map(({ statuses }) => statuses),
      endpoint,
    ),
    latencies: sumLatencies(parts.map(({ latencies }) => latencies)),
    features: sumFeatures(
      parts.map(({ features }) => features),
      endpoint,
    ),
    backToBack: parts.reduce((sum, { backToBack }) => sum + backToBack, 0),
    ...(largest > 1 && { largestWeight: largest }),
  };
  sums.set(first, { parts, block });
  return block;
}

function areSame(one: readonly TimeBlock[], other: readonly TimeBlock[]): boolean {
  return one.length === other.length && one.every((block, at) => block === other[at]);
}
