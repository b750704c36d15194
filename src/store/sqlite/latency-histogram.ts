import type { LatencyHistograms } from "../store.ts";
import { SERIES } from "./column-encoding.ts";

/** Counts by series and bucket, keyed by `entryKey`. */
export type HistogramCounts = ReadonlyMap<number, number>;

/** A stored entry: series (1 byte), bucket (2 bytes, offset by 32,768 to make it non-negative), count (5 bytes). */
const ENTRY_BYTES = 8;
const BUCKET_OFFSET = 0x80_00;
const BUCKETS = 0x1_00_00;
const LOW_COUNTS = 2 ** 32;
const MAX_COUNT = 2 ** 40 - 1;

/** Keys are ordered by series, then by bucket. @param series index in `SERIES` */
export function entryKey(series: number, bucket: number): number {
  return series * BUCKETS + bucket + BUCKET_OFFSET;
}

/** Calls `visit` for each entry of a stored histogram in ascending order. */
function eachEntry(packed: Uint8Array, visit: (series: number, bucket: number, count: number) => void): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at + ENTRY_BYTES <= packed.length; at += ENTRY_BYTES) {
    const count = view.getUint8(at + 3) * LOW_COUNTS + view.getUint32(at + 4);
    visit(view.getUint8(at), view.getUint16(at + 1) - BUCKET_OFFSET, count);
  }
}

function emptyHistogram(): { readonly buckets: number[]; readonly counts: number[] } {
  return { buckets: [], counts: [] };
}

/** Decodes a stored histogram, one histogram per series. */
export function unpackHistograms(packed: Uint8Array): LatencyHistograms {
  const bySeries = {
    primary: emptyHistogram(),
    candidate: emptyHistogram(),
    secondary: emptyHistogram(),
    ratio: emptyHistogram(),
    bias: emptyHistogram(),
  };
  const inOrder = SERIES.map((name) => bySeries[name]);
  eachEntry(packed, (index, bucket, count) => {
    const series = inOrder[index];
    series?.buckets.push(bucket);
    series?.counts.push(count);
  });
  return bySeries;
}

/** Decodes a stored histogram into the counts that `mergeHistogram` adds or subtracts. */
export function unpackCounts(packed: Uint8Array): Map<number, number> {
  const counts = new Map<number, number>();
  eachEntry(packed, (series, bucket, count) => counts.set(entryKey(series, bucket), count));
  return counts;
}

/**
 * Adds counts to a stored histogram, or subtracts them.
 * @param packed undefined if no histogram is stored
 * @param sign 1 to add, -1 to subtract
 * @returns the new stored form, or null if all counts are zero
 */
export function mergeHistogram(
  packed: Uint8Array | undefined,
  change: HistogramCounts,
  sign: 1 | -1,
): Uint8Array | null {
  const counts = packed === undefined ? new Map<number, number>() : unpackCounts(packed);
  for (const [key, count] of change) counts.set(key, (counts.get(key) ?? 0) + sign * count);
  const entries = [...counts].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
  return entries.length === 0 ? null : packEntries(entries);
}

/** @param entries in ascending order */
function packEntries(entries: readonly (readonly [key: number, count: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * ENTRY_BYTES));
  for (const [index, [key, count]] of entries.entries()) {
    if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT)
      throw new RangeError(`A histogram cannot store the count ${count}.`);
    const at = index * ENTRY_BYTES;
    view.setUint8(at, Math.floor(key / BUCKETS));
    view.setUint16(at + 1, key % BUCKETS);
    view.setUint8(at + 3, Math.floor(count / LOW_COUNTS));
    view.setUint32(at + 4, count % LOW_COUNTS);
  }
  return new Uint8Array(view.buffer);
}
