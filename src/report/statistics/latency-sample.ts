import { LATENCY_PAIRS_KEPT } from "../../model/latency.ts";
import type { LatencyPair } from "../../model/latency.ts";
import type { TailReport } from "../../model/report.ts";
import type { LatencySample } from "../../store/store.ts";
import { pairedEstimates, type PairedEstimates } from "./paired-latency.ts";
import { memoizePerObject, memoizeLast } from "../../lib/memoize.ts";
import { tailOf } from "./latency-tail.ts";

/** Draw, primary, candidate, secondary. */
const NUMBERS = 4;
/** Not more than is kept of each endpoint, or the merged sample is not uniform. */
const MERGED_PAIRS = LATENCY_PAIRS_KEPT;

/** What pairs tell, and counts do not. */
export interface SampleEstimates {
  readonly paired: PairedEstimates;
  readonly tail: TailReport | null;
}

/** The estimates of a sample. */
export const estimatesOf = memoizePerObject((rows: Float32Array): SampleEstimates => {
  const pairs = pairsIn(rows);
  return { paired: pairedEstimates(pairs), tail: tailOf(pairs) };
});

/**
 * A uniform sample of the exchanges of several endpoints: those with the smallest draws. It weighs each endpoint by its
 * traffic, because a pair that is no longer kept had a larger draw than all that its endpoint keeps, and so would not be
 * among the smallest of all either (a bottom-k sketch: Cohen & Kaplan 2007, Summarizing data using bottom-k sketches).
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
    for (let at = 0; at < sample.length; at += NUMBERS) {
      if ((sample[at] ?? 1) <= last) rows.push(...sample.subarray(at, at + NUMBERS));
    }
  }
  return Float32Array.from(rows);
});

/** The largest draw of the merged sample; 1 when there is room for all. */
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
    for (let at = 0; at < rows.length; at += NUMBERS) {
      const draw = rows[at] ?? 1;
      if (draw > last) continue;
      smallest[count++] = draw;
      // Cut now and then, so that most of the draws that are left are passed over at once.
      if (count === smallest.length) cut();
    }
  }
  cut();
  return last;
}

/** The secondary's latencies in the candidate's place, and the other way round; pairs without a secondary are left out. */
export const swapLegs = memoizePerObject((rows: Float32Array): Float32Array => {
  const swapped = new Float32Array(rows.length);
  let end = 0;
  for (let at = 0; at < rows.length; at += NUMBERS) {
    const secondary = rows[at + 3] ?? Number.NaN;
    if (Number.isNaN(secondary)) continue;
    swapped[end] = rows[at] ?? 1;
    swapped[end + 1] = rows[at + 1] ?? 0;
    swapped[end + 2] = secondary;
    swapped[end + 3] = rows[at + 2] ?? 0;
    end += NUMBERS;
  }
  return swapped.subarray(0, end);
});

type Latencies = Pick<LatencyPair, "primaryMs" | "candidateMs" | "secondaryMs">;

function pairsIn(rows: Float32Array): readonly Latencies[] {
  const pairs: Latencies[] = [];
  for (let at = 0; at < rows.length; at += NUMBERS) {
    const secondary = rows[at + 3] ?? Number.NaN;
    pairs.push({
      primaryMs: rows[at + 1] ?? 0,
      candidateMs: rows[at + 2] ?? 0,
      secondaryMs: Number.isNaN(secondary) ? null : secondary,
    });
  }
  return pairs;
}
