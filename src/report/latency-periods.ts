import type { Role } from "../model/capture.ts";
import type { LatencyPeriod } from "../model/latency.ts";
import type { BucketCounts, LatencyMinute } from "../store/store.ts";
import { sumBuckets } from "../store/sum-buckets.ts";
import type { LatencyBlock } from "./judge/latency/latency-timeline.ts";
import { quantilesOf, totalOf } from "./statistics/bucket-statistics.ts";

const MS_PER_MINUTE = 60_000;
/** Periods with fewer responses of the primary are joined: their p95 would be their slowest response. */
const FEWEST_RESPONSES = 20;
/** A chart shows no more. */
const MOST_PERIODS = 480;
/** Minutes that are joined in a long run. */
const MINUTE_STEPS: readonly number[] = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440];

interface TimedCounts extends Pick<LatencyPeriod, "startedAt" | "endsAt"> {
  readonly counts: Readonly<Record<Role, readonly BucketCounts[]>>;
}

/**
 * The quantiles over time: by time block, down to an eighth of a second, or by minute once a run has more minutes than blocks.
 * @param blocks ascending
 * @param minutes oldest first; several of one minute are joined
 */
export function latencyPeriods(
  blocks: readonly LatencyBlock[],
  minutes: readonly LatencyMinute[],
): readonly LatencyPeriod[] {
  const byMinute = periodsOfMinutes(minutes);
  const fine = byMinute.length > blocks.length ? byMinute : blocks.map(periodOfBlock);
  return joinSmall(fine).map(({ startedAt, endsAt, counts }) => {
    const sums = byRole((role) => sumBuckets(counts[role]));
    const totals = byRole((role) => totalOf(sums[role]));
    return { startedAt, endsAt, counts: totals, ...byRole((role) => quantilesOf(sums[role], totals[role])) };
  });
}

function byRole<Value>(of: (role: Role) => Value): Record<Role, Value> {
  return { primary: of("primary"), candidate: of("candidate"), secondary: of("secondary") };
}

function periodOfBlock({ startedAt, endsAt, latencies }: LatencyBlock): TimedCounts {
  return { startedAt, endsAt, counts: byRole((role) => [latencies[role]]) };
}

function periodsOfMinutes(minutes: readonly LatencyMinute[]): readonly TimedCounts[] {
  const [first, last] = [minutes[0]?.minute ?? 0, minutes.at(-1)?.minute ?? 0];
  const step =
    MINUTE_STEPS.find((each) => (last - first) / each < MOST_PERIODS) ?? Math.ceil((last - first) / MOST_PERIODS);
  const bySteps = Map.groupBy(minutes, ({ minute }) => Math.floor(minute / step));
  return [...bySteps].map(([at, own]) => ({
    startedAt: at * step * MS_PER_MINUTE,
    endsAt: (at + 1) * step * MS_PER_MINUTE,
    counts: byRole((role) => own.map(({ series }) => series[role])),
  }));
}

/** Joins neighbors until each has enough responses; the last ones join the period before them. */
function joinSmall(periods: readonly TimedCounts[]): readonly TimedCounts[] {
  const joined: TimedCounts[] = [];
  let isOpen = false;
  for (const period of periods) {
    const last = joined.at(-1);
    const next: TimedCounts = isOpen && last !== undefined ? join(last, period) : period;
    if (isOpen) joined.pop();
    joined.push(next);
    isOpen = responsesIn(next) < FEWEST_RESPONSES;
  }
  const [before, last] = joined.slice(-2);
  if (!isOpen || before === undefined || last === undefined) return joined;
  return [...joined.slice(0, -2), join(before, last)];
}

function responsesIn({ counts }: TimedCounts): number {
  return counts.primary.reduce((sum, each) => sum + totalOf(each), 0);
}

function join(one: TimedCounts, other: TimedCounts): TimedCounts {
  const counts = byRole((role) => [...one.counts[role], ...other.counts[role]]);
  return { startedAt: one.startedAt, endsAt: other.endsAt, counts };
}
