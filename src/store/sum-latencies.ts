import type { LatencySeries } from "../model/latency.ts";
import type { BucketCounts, LatencyHistograms } from "./store.ts";
import { changeBuckets, sumBuckets } from "./sum-buckets.ts";

/** Adds up histograms, series by series. */
export function sumLatencies(all: readonly LatencyHistograms[]): LatencyHistograms {
  return bySeries((series) => sumBuckets(all.map((each) => each[series])));
}

function bySeries(of: (series: LatencySeries) => BucketCounts): LatencyHistograms {
  return {
    primary: of("primary"),
    candidate: of("candidate"),
    secondary: of("secondary"),
    ratio: of("ratio"),
    bias: of("bias"),
    twin: of("twin"),
  };
}

interface LastSum {
  readonly all: readonly LatencyHistograms[];
  readonly sum: LatencyHistograms;
}

/**
 * Returns a function that does the same as `sumLatencies`, and starts from its last sum of a list with the same first element:
 * only what was added or removed since then is read. The same elements give the same object. Counts are integers, so the order
 * of the additions does not matter.
 */
export function createLatencySum(): (all: readonly LatencyHistograms[]) => LatencyHistograms {
  const sums = new WeakMap<LatencyHistograms, LastSum>();
  return (all) => {
    const [first] = all;
    if (first === undefined) return sumLatencies(all);
    const last = sums.get(first);
    const sum = last === undefined ? sumLatencies(all) : sumSince(last, all);
    sums.set(first, { all, sum });
    return sum;
  };
}

function sumSince(last: LastSum, all: readonly LatencyHistograms[]): LatencyHistograms {
  let same = 0;
  while (same < all.length && all[same] === last.all[same]) same += 1;
  if (same === all.length && same === last.all.length) return last.sum;
  const { added, removed } = changes(last.all.slice(same), all.slice(same));
  if (added.length + removed.length >= all.length) return sumLatencies(all);
  return bySeries((series) =>
    changeBuckets(
      last.sum[series],
      added.map((each) => each[series]),
      removed.map((each) => each[series]),
    ),
  );
}

function changes<Element>(before: readonly Element[], after: readonly Element[]) {
  const left = new Map<Element, number>();
  for (const element of before) left.set(element, (left.get(element) ?? 0) + 1);
  const added = after.filter((element) => {
    const number = left.get(element) ?? 0;
    left.set(element, Math.max(0, number - 1));
    return number === 0;
  });
  const removed = [...left].flatMap(([element, number]) => Array.from({ length: number }, () => element));
  return { added, removed };
}
