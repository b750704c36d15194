import { memoizeLast } from "../../../lib/memoize.ts";
import type { StatusPairCount } from "../../../model/difference.ts";
import type { FieldVerdict } from "../../../model/report.ts";
import type { TimeBlock } from "../../../store/store.ts";
import { sumLatencies } from "../../../store/sum-latencies.ts";
import { seriesOf, type BlockSeries } from "../../statistics/block-series.ts";
import { errorStretch, statusesByRole } from "../error-rate.ts";
import type { LatencyTimeline } from "../latency/latency-timeline.ts";
import { addExcess, countAgainstParity, provenOverTime, withExcess, type ParityFindings } from "../parity-counts.ts";
import { trafficBlock } from "./traffic-blocks.ts";

/** What an endpoint contributes to the totals of the run. Counts may be fractions. */
export interface TrafficCounts extends ParityFindings {
  readonly compared: number;
  /** Status pairs of the candidate; accepted differences count as equal. */
  readonly statuses: readonly StatusPairCount[];
  /** Proven differences, and errors of the candidate only and of the primary only, by time. */
  readonly overTime: { readonly proven: BlockSeries; readonly errors: BlockSeries };
  readonly latencies: LatencyTimeline;
}

interface CountedEndpoint {
  readonly blocks: readonly TimeBlock[];
  readonly latencies: LatencyTimeline;
  /** Of the fields, by `fieldKey`. */
  readonly verdicts: ReadonlyMap<string, FieldVerdict>;
  /** See `withExcess`. */
  readonly excess: BlockSeries;
  readonly noiseCompared: number;
  readonly withoutAccepted: (rows: readonly StatusPairCount[]) => readonly StatusPairCount[];
}

/**
 * The counts of an endpoint by traffic. An endpoint of which a larger share was mirrored weighs no more in the totals of the run
 * than its traffic does.
 * @param heaviest see `heaviestExchange`
 */
export function trafficCounts(endpoint: CountedEndpoint, heaviest: number): TrafficCounts {
  const { verdicts, excess, noiseCompared, withoutAccepted } = endpoint;
  const blocks = endpoint.blocks.map((block) => trafficBlock(block, { heaviest }));
  const rows = blocks.flatMap(({ outcomes }) => outcomes);
  const compared = rows.reduce((sum, { count }) => sum + count, 0);
  const statusesOf = (block: TimeBlock): readonly StatusPairCount[] =>
    withoutAccepted(statusesByRole(block.statuses).candidate);
  return {
    compared,
    ...withExcess(countAgainstParity(rows, verdicts), excess, { compared, noiseCompared }),
    statuses: blocks.flatMap(statusesOf),
    overTime: {
      proven: addExcess(provenOverTime(blocks, verdicts), excess),
      errors: seriesOf(blocks, (block) => errorStretch(statusesOf(block))),
    },
    latencies: trafficTimeline(endpoint.latencies, { blocks: endpoint.blocks, heaviest }),
  };
}

/** @param blocks of the endpoint, including its cold start */
export const trafficTimeline = memoizeLast(
  (
    timeline: LatencyTimeline,
    { blocks, heaviest }: { readonly blocks: readonly TimeBlock[]; readonly heaviest: number },
  ): LatencyTimeline => {
    const weighed = blocks.map((block) => trafficBlock(block, { heaviest }));
    return {
      totals: sumLatencies(weighed.map(({ latencies }) => latencies)),
      // The cold start consists of the first blocks.
      blocks: weighed.slice(blocks.length - timeline.blocks.length),
      coldStart: Math.round(timeline.coldStart / heaviest),
    };
  },
);

/**
 * How many times the evidence about all endpoints must be larger, because the largest weight, by which counts are divided, is not
 * known in advance: its power j, of 2^j, costs j(j+1) (a union bound, as Σ 1/(j(j+1)) = 1); nothing where no weight is above 1.
 */
export function priceOfWeights(heaviest: number): number {
  const power = Math.ceil(Math.log2(heaviest));
  return Math.max(1, power * (power + 1));
}
