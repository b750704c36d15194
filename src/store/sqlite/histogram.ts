import type { LatencyHistograms } from "../store.ts";
import { SERIES } from "./column-codes.ts";

/** Counts by series and bucket, under the keys of `entryKey`. */
export type Histogram = ReadonlyMap<number, number>;

/** Stored entries: series (1 byte), bucket (2 bytes, raised by 32,768 so that none is negative), count (5 bytes). */
const ENTRY = 8;
const BUCKET_OFFSET = 0x80_00;
const BUCKETS = 0x1_00_00;
const LOW_COUNTS = 2 ** 32;
const MAX_COUNT = 2 ** 40 - 1;

/** Rises with the series, and within it with the bucket. @param series its number */
export function entryKey(series: number, bucket: number): number {
  return series * BUCKETS + bucket + BUCKET_OFFSET;
}

/** @param packed what `changedHistogram` or a migration wrote @param visit is called for each entry, rising */
function eachEntry(packed: Uint8Array, visit: (series: number, bucket: number, count: number) => void): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at + ENTRY <= packed.length; at += ENTRY) {
    const count = view.getUint8(at + 3) * LOW_COUNTS + view.getUint32(at + 4);
    visit(view.getUint8(at), view.getUint16(at + 1) - BUCKET_OFFSET, count);
  }
}

function empty(): { readonly buckets: number[]; readonly counts: number[] } {
  return { buckets: [], counts: [] };
}

/** The counts of each series. @param packed what `changedHistogram` or a migration wrote */
export function unpackSeries(packed: Uint8Array): LatencyHistograms {
  const all = { primary: empty(), candidate: empty(), secondary: empty(), ratio: empty(), bias: empty() };
  const inOrder = SERIES.map((name) => all[name]);
  eachEntry(packed, (number, bucket, count) => {
    const series = inOrder[number];
    series?.buckets.push(bucket);
    series?.counts.push(count);
  });
  return all;
}

/**
 * A stored histogram with more in it, or less.
 * @param packed undefined when nothing is stored
 * @param sign 1 to add, -1 to take away
 * @returns null when nothing is left
 */
export function changedHistogram(packed: Uint8Array | undefined, change: Histogram, sign: 1 | -1): Uint8Array | null {
  const counts = packed === undefined ? new Map<number, number>() : unpackHistogram(packed);
  for (const [key, count] of change) counts.set(key, (counts.get(key) ?? 0) + sign * count);
  const entries = [...counts].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
  return entries.length === 0 ? null : packEntries(entries);
}

export function unpackHistogram(packed: Uint8Array): Map<number, number> {
  const counts = new Map<number, number>();
  eachEntry(packed, (series, bucket, count) => counts.set(entryKey(series, bucket), count));
  return counts;
}

/** @param entries rising */
function packEntries(entries: readonly (readonly [key: number, count: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * ENTRY));
  for (const [index, [key, count]] of entries.entries()) {
    if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT)
      throw new RangeError(`A histogram cannot hold the count ${count}.`);
    const at = index * ENTRY;
    view.setUint8(at, Math.floor(key / BUCKETS));
    view.setUint16(at + 1, key % BUCKETS);
    view.setUint8(at + 3, Math.floor(count / LOW_COUNTS));
    view.setUint32(at + 4, count % LOW_COUNTS);
  }
  return new Uint8Array(view.buffer);
}
