import type { LatencyHistograms, TimeBlock } from "../store.ts";
import { createLatencySum, sumLatencies } from "../sum-latencies.ts";

/** Only the newest blocks of an endpoint change, and reading all of them takes long. */
const sumOfBlocks = createLatencySum();

/**
 * Adds up the latencies of all blocks of an endpoint.
 * @param earlier the total that an earlier version has kept
 */
export function totalLatencies(earlier: LatencyHistograms, blocks: readonly TimeBlock[]): LatencyHistograms {
  if (blocks.length === 0) return earlier;
  return sumLatencies([earlier, sumOfBlocks(blocks.map(({ latencies }) => latencies))]);
}
