import { LATENCY_PAIRS_KEPT } from "../../model/latency.ts";
import type { LatencyPair } from "../../model/latency.ts";
import type { TailReport } from "../../model/report.ts";
import type { LatencySample } from "../../store/store.ts";
import { pairedEstimates, tailOf, type PairedEstimates } from "./paired-latency.ts";
import { memoizePerObject, memoizeLast } from "../../lib/memoize.ts";

/** The numbers of a pair: draw, primary, candidate, secondary. */
const PAIR_LENGTH = 4;
/** At most as many as are kept of each endpoint, or the merged sample is not uniform. */
const MERGED_PAIRS = LATENCY_PAIRS_KEPT;

/** Estimates that need pairs. */
export interface SampleEstimates {
  readonly paired: PairedEstimates;
  readonly tail: TailReport | null;
}

export const estimatesOf = memoizePerObject((rows: Float32Array): SampleEstimates => {
  const pairs = pairsIn(rows);
  return { paired: pairedEstimates(pairs), tail: tailOf(pairs) };
});

/**
 * Merges the samples of several endpoints into a uniform one: the pairs with the smallest draws. Each endpoint is weighted by its
 * traffic: a pair that was not kept has a larger draw than all kept pairs of its endpoint, so it is not among the smallest of
 * all either (a bottom-k sketch: Cohen & Kaplan 2007, Summarizing data using bottom-k sketches).
 */
export function mergeSamples(samples: readonly LatencySample[]): Float32Array {
  const [first = NO_PAIRS, ...others] = samples.map(({ rows }) => rows);
  return merged(first, others);
}

export const NO_PAIRS = new Float32Array();

const merged = memoizeLast((first: Float32Array, others: readonly Float32Array[]): Float32Array => {
  const samples = [first, ...others];
  const last = lastDraw(samples);
  const rows: number[] = [];
  for (const sample of samples) {
    for (let at = 0; at < sample.length; at += PAIR_LENGTH) {
      if ((sample[at] ?? 1) <= last) rows.push(...sample.subarray(at, at + PAIR_LENGTH));
    }
  }
  return Float32Array.from(rows);
});

/** The largest draw of the merged sample; 1 if all pairs fit. */
function lastDraw(samples: readonly Float32Array[]): number {
  let last = 1;
  let count = 0;
  const smallest = new Float64Array(2 * MERGED_PAIRS);
  const cut = (): void => {
    smallest.subarray(0, count).sort();
    if (count < MERGED_PAIRS) return;
    count = MERGED_PAIRS;
    last = smallest[MERGED_PAIRS - 1] ?? 1;
  };
  for (const rows of samples) {
    for (let at = 0; at < rows.length; at += PAIR_LENGTH) {
      const draw = rows[at] ?? 1;
      if (draw > last) continue;
      smallest[count++] = draw;
      // Cut when the buffer is full, so that most of the remaining draws are skipped at once.
      if (count === smallest.length) cut();
    }
  }
  cut();
  return last;
}

/** Swaps the latencies of candidate and secondary; pairs without a secondary are omitted. */
export const swapLegs = memoizePerObject((rows: Float32Array): Float32Array => {
  const swapped = new Float32Array(rows.length);
  let end = 0;
  for (let at = 0; at < rows.length; at += PAIR_LENGTH) {
    const secondary = rows[at + 3] ?? Number.NaN;
    if (Number.isNaN(secondary)) continue;
    swapped[end] = rows[at] ?? 1;
    swapped[end + 1] = rows[at + 1] ?? 0;
    swapped[end + 2] = secondary;
    swapped[end + 3] = rows[at + 2] ?? 0;
    end += PAIR_LENGTH;
  }
  return swapped.subarray(0, end);
});

type Latencies = Pick<LatencyPair, "primaryMs" | "candidateMs" | "secondaryMs">;

function pairsIn(rows: Float32Array): readonly Latencies[] {
  const pairs: Latencies[] = [];
  for (let at = 0; at < rows.length; at += PAIR_LENGTH) {
    const secondary = rows[at + 3] ?? Number.NaN;
    pairs.push({
      primaryMs: rows[at + 1] ?? 0,
      candidateMs: rows[at + 2] ?? 0,
      secondaryMs: Number.isNaN(secondary) ? null : secondary,
    });
  }
  return pairs;
}
