import { bucketFor } from "../lib/series-bucket.ts";
import { slotOf, slotStart } from "../../src/lib/time-slots.ts";
import type { LatencySeries } from "../../src/model/latency.ts";
import type { LatencyLimits } from "../../src/report/judge/gate-thresholds.ts";
import { judgeLatency, type JudgedLatency } from "../../src/report/judge/latency/judge-latency.ts";
import { timelineOf, type LatencyBlock } from "../../src/report/judge/latency/latency-timeline.ts";
import { evidenceBar } from "../../src/report/statistics/e-values.ts";
import { sumLatencies } from "../../src/store/sum-latencies.ts";
import { endOf, planBlocks, type BlockExtent } from "../../src/store/block-layout.ts";
import { bucketCounts } from "../report/memory-blocks.ts";

/** The latencies of one exchange, in milliseconds. */
export interface SimulatedExchange {
  /** Arrival, in milliseconds since the start of the run. */
  readonly at: number;
  readonly primary: number;
  readonly candidate: number;
  /** Null without a secondary. */
  readonly secondary: number | null;
  readonly backToBack: boolean;
}

/** The limits of the gate by default. */
const LIMITS: LatencyLimits = { latencyRatio: 1.1, p95Ratio: 1.25, p99Ratio: 1.5 };

const SERIES = ["primary", "candidate", "secondary", "ratio", "bias", "twin"] as const satisfies LatencySeries[];
const START = Date.UTC(2026, 10, 20, 10);

interface SlotCounts {
  readonly buckets: Readonly<Record<LatencySeries, Map<number, number>>>;
  backToBack: number;
}

type Block = BlockExtent & LatencyBlock;

/** The time blocks of one endpoint, request by request, judged by the production code. */
export class LatencyRun {
  readonly #pending = new Map<number, SlotCounts>();
  #blocks: readonly Block[] = [];

  count({ at, primary, candidate, secondary, backToBack }: SimulatedExchange): void {
    const slot = slotOf(START + at);
    const counts = this.#pending.get(slot) ?? emptyCounts();
    this.#pending.set(slot, counts);
    const values = {
      primary,
      candidate,
      ratio: candidate / primary,
      ...(secondary === null ? {} : { secondary, bias: secondary / primary, twin: candidate / secondary }),
    };
    for (const [series, value] of Object.entries(values) as [LatencySeries, number][]) {
      const bucket = bucketFor(series, value);
      counts.buckets[series].set(bucket, (counts.buckets[series].get(bucket) ?? 0) + 1);
    }
    counts.backToBack += Number(backToBack);
  }

  judge(limits = LIMITS): JudgedLatency {
    const slots = [...this.#pending.keys()].toSorted((a, b) => a - b);
    this.#blocks = planBlocks(this.#blocks, slots).map((planned): Block => {
      const [only] = planned.merged;
      if (only !== undefined && only.level === planned.level && planned.slots.length === 0) return only;
      const added = planned.slots.map((slot) => this.#pending.get(slot) ?? emptyCounts());
      const parts = [...planned.merged.map(({ latencies }) => latencies), ...added.map(histogramsOf)];
      return {
        level: planned.level,
        first: planned.first,
        startedAt: slotStart(planned.first),
        endsAt: slotStart(endOf(planned)),
        latencies: sumLatencies(parts),
        backToBack: [...planned.merged, ...added].reduce((sum, { backToBack }) => sum + backToBack, 0),
      };
    });
    this.#pending.clear();
    const totals = sumLatencies(this.#blocks.map(({ latencies }) => latencies));
    return judgeLatency(timelineOf(totals, { blocks: this.#blocks }), limits, evidenceBar());
  }
}

function emptyCounts(): SlotCounts {
  return {
    buckets: {
      primary: noCounts(),
      candidate: noCounts(),
      secondary: noCounts(),
      ratio: noCounts(),
      bias: noCounts(),
      twin: noCounts(),
    },
    backToBack: 0,
  };
}

function noCounts(): Map<number, number> {
  return new Map();
}

function histogramsOf({ buckets }: SlotCounts): LatencyBlock["latencies"] {
  const of = (series: LatencySeries) =>
    bucketCounts([...buckets[series]].map(([bucket, count]) => ({ bucket, count })));
  return Object.fromEntries(SERIES.map((series) => [series, of(series)])) as LatencyBlock["latencies"];
}
