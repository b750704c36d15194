import { judge, type Goal, type JudgedGoal } from "./goals.ts";
import { PROXY_THREAD } from "./shadowdiff.ts";
import { largestOf, seriesOf } from "./metrics-page.ts";
import { spreadOf, slopeOf } from "./statistics.ts";

const BYTES_PER_MB = 1024 * 1024;
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
/** A quantile of the event-loop delay covers up to 30 s, so the first ones can include time before the load. */
const LOOP_WINDOW_SECONDS = 30;

export interface MemorySample {
  /** Seconds since the load began. */
  readonly seconds: number;
  readonly rssMb: number;
  /** JavaScript heap per thread. */
  readonly heapMb: Readonly<Record<string, number>>;
  /** 99.9th percentile of the event-loop delay of the proxy threads over the last 15–30 s. */
  readonly loopMs: number;
  /** Longest delay of a proxy thread's event loop in that time: its longest pause. */
  readonly pauseMs: number;
}

/** Parses a metrics page. @param page response of `/metrics` */
export function readMemory(page: string, seconds: number, rssMb: number): MemorySample {
  const heaps = seriesOf(page, "shadowdiff_heap_used_bytes");
  const delayMs = (percentile: string): number => {
    const seconds = largestOf(page, "shadowdiff_event_loop_delay_seconds", PROXY_THREAD, { percentile });
    return (seconds ?? Number.NaN) * MS_PER_SECOND;
  };
  return {
    seconds,
    rssMb,
    heapMb: Object.fromEntries(heaps.map(({ labels, value }) => [labels["thread"], value / BYTES_PER_MB])),
    loopMs: delayMs("99.9"),
    pauseMs: delayMs("100"),
  };
}

/**
 * Returns the growth in MB per minute over the last half of the samples, by least squares: of all heaps together, and of the
 * resident memory, whose sawtooth has a period of minutes.
 */
export function growthOf(samples: readonly MemorySample[]): { readonly heapMb: number; readonly rssMb: number } {
  const half = samples.slice(Math.floor(samples.length / 2));
  const slope = (of: (sample: MemorySample) => number): number =>
    slopeOf(half.map((sample) => ({ x: sample.seconds / SECONDS_PER_MINUTE, y: of(sample) })));
  return {
    heapMb: slope(({ heapMb }) => Object.values(heapMb).reduce((sum, mb) => sum + mb, 0)),
    rssMb: slope(({ rssMb }) => rssMb),
  };
}

/** Returns the largest heap of a proxy thread in MB; undefined when no sample has one. */
export function largestProxyHeap(samples: readonly MemorySample[]): number | undefined {
  const heaps = samples
    .flatMap(({ heapMb }) => Object.entries(heapMb))
    .flatMap(([thread, mb]) => (thread.startsWith(PROXY_THREAD) ? [mb] : []));
  return heaps.length === 0 ? undefined : Math.max(...heaps);
}

const RSS: Goal = { name: "largest resident memory under load, MB", is: "at most", limit: 200 };
const GROWTH: Goal = { name: "growth of all heaps over the last half, MB per minute", is: "at most", limit: 1 };
const HEAP: Goal = { name: "largest heap of a proxy thread, MB", is: "at most", limit: 60 };
const PAUSE: Goal = { name: "longest pause of a proxy thread's loop, ms", is: "at most", limit: 10 };
const LOOP = "a proxy thread's loop delay, p99.9, ms";

/** @param saturated the load was not limited; otherwise it was about 1,000 requests/s */
export function memoryGoals(samples: readonly MemorySample[], peakMb: number, saturated: boolean): JudgedGoal[] {
  const later = samples.filter(({ seconds, loopMs }) => seconds >= LOOP_WINDOW_SECONDS && !Number.isNaN(loopMs));
  const loop = later.length === 0 ? undefined : spreadOf(later.map(({ loopMs }) => loopMs));
  const pause = later.length === 0 ? null : Math.max(...later.map(({ pauseMs }) => pauseMs));
  const loopGoal: Goal = saturated
    ? { name: `${LOOP}, at saturation`, is: "at most", limit: 50 }
    : { name: LOOP, is: "at most", limit: 20 };
  const growth = growthOf(samples).heapMb;
  return [
    judge(RSS, peakMb),
    judge(GROWTH, Number.isNaN(growth) ? null : growth),
    judge(HEAP, largestProxyHeap(samples) ?? null),
    judge(loopGoal, loop?.median ?? null, loop && [loop.min, loop.max]),
    // At saturation, garbage collections are larger.
    ...(saturated ? [] : [judge(PAUSE, pause)]),
  ];
}
