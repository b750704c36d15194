import { hash } from "node:crypto";
import { LATENCY_PAIRS_KEPT } from "../lib/latency-pairs-kept.ts";
import type { LatencyPair } from "../model/difference.ts";
import type { TailReport } from "../model/report.ts";
import type { LatencySample } from "../store/store.ts";
import { pairedEstimates, type PairedEstimates } from "./paired-latency.ts";
import { tailOf } from "./tail.ts";

/** Draw, primary, candidate, secondary. */
const NUMBERS = 4;
/** Not more than is kept of each endpoint, or the merged sample is not uniform. */
const MERGED_PAIRS = LATENCY_PAIRS_KEPT;

/** What pairs tell, and counts do not. */
export interface SampleEstimates {
  readonly paired: PairedEstimates;
  readonly tail: TailReport | null;
}

/** Samples whose estimates are kept, some hundred bytes each: a sample of much traffic changes seldom. */
const MAX_ESTIMATED = 10_000;
const estimated = new Map<string, SampleEstimates>();

/** The estimates of a sample, made once for the same numbers in the same order. */
export function estimatesOf({ rows }: Pick<LatencySample, "rows">): SampleEstimates {
  const name = hash("sha256", rows, "base64url");
  const known = estimated.get(name);
  if (known !== undefined) return known;
  const pairs = pairsIn(rows);
  const estimates = { paired: pairedEstimates(pairs), tail: tailOf(pairs) };
  if (estimated.size >= MAX_ESTIMATED) estimated.clear();
  estimated.set(name, estimates);
  return estimates;
}

/**
 * A uniform sample of the exchanges of several endpoints: those with the smallest draws. It weighs each endpoint by its
 * traffic, because a pair that is no longer kept had a larger draw than all that its endpoint keeps, and so would not be
 * among the smallest of all either (a bottom-k sketch: Cohen & Kaplan 2007, Summarizing data using bottom-k sketches).
 */
export function mergeSamples(samples: readonly LatencySample[]): Pick<LatencySample, "rows"> {
  const last = lastDraw(samples);
  const merged: number[] = [];
  for (const { rows } of samples) {
    for (let at = 0; at < rows.length; at += NUMBERS) {
      if ((rows[at] ?? 1) <= last) merged.push(...rows.subarray(at, at + NUMBERS));
    }
  }
  return { rows: Float32Array.from(merged) };
}

/** The largest draw of the merged sample; 1 when there is room for all. */
function lastDraw(samples: readonly LatencySample[]): number {
  let last = 1;
  let count = 0;
  const smallest = new Float64Array(2 * MERGED_PAIRS);
  const cut = (): void => {
    smallest.subarray(0, count).sort();
    if (count < MERGED_PAIRS) return;
    count = MERGED_PAIRS;
    last = smallest[MERGED_PAIRS - 1] ?? 1;
  };
  for (const { rows } of samples) {
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
export function swappedSample(sample: LatencySample): LatencySample {
  const rows = new Float32Array(sample.rows.length);
  let end = 0;
  for (let at = 0; at < rows.length; at += NUMBERS) {
    const secondary = sample.rows[at + 3] ?? Number.NaN;
    if (Number.isNaN(secondary)) continue;
    rows[end] = sample.rows[at] ?? 1;
    rows[end + 1] = sample.rows[at + 1] ?? 0;
    rows[end + 2] = secondary;
    rows[end + 3] = sample.rows[at + 2] ?? 0;
    end += NUMBERS;
  }
  return { ...sample, rows: rows.subarray(0, end) };
}

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
