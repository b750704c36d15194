import { middleFineBucket } from "../../lib/log-buckets.ts";
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
const FIRST_RATIO = SERIES.indexOf("ratio");

/** Keys are ordered by series, then by bucket. @param series index in `SERIES` */
export function entryKey(series: number, bucket: number): number {
  return series * BUCKETS + bucket + BUCKET_OFFSET;
}

/** Calls `visit` for each entry of a stored histogram in ascending order. */
function eachEntry(packed: Uint8Array, visit: (series: number, bucket: number, count: number) => void): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at + ENTRY_BYTES <= packed.length; at += ENTRY_BYTES) {
    visit(view.getUint8(at), view.getUint16(at + 1) - BUCKET_OFFSET, countAt(view, at));
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
    twin: emptyHistogram(),
  };
  const inOrder = SERIES.map((name) => bySeries[name]);
  eachEntry(packed, (index, bucket, count) => {
    const series = inOrder[index];
    series?.buckets.push(bucket);
    series?.counts.push(count);
  });
  return bySeries;
}

/**
 * Adds counts to a stored histogram.
 * @param packed undefined if no histogram is stored
 * @param change not empty
 * @returns the new stored form
 */
export function addToHistogram(packed: Uint8Array | undefined, change: HistogramCounts): Uint8Array {
  const stored = packed ?? new Uint8Array();
  const from = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const to = new DataView(new ArrayBuffer(stored.length + change.size * ENTRY_BYTES));
  let [read, end] = [0, 0];
  const copyBelow = (key: number): void => {
    for (; read < stored.length && keyAt(from, read) < key; read += ENTRY_BYTES) {
      to.setUint32(end, from.getUint32(read));
      to.setUint32(end + 4, from.getUint32(read + 4));
      end += ENTRY_BYTES;
    }
  };
  for (const key of [...change.keys()].sort((one, other) => one - other)) {
    copyBelow(key);
    let count = change.get(key) ?? 0;
    if (read < stored.length && keyAt(from, read) === key) {
      count += countAt(from, read);
      read += ENTRY_BYTES;
    }
    writeEntry(to, end, key, count);
    end += ENTRY_BYTES;
  }
  copyBelow(Infinity);
  return new Uint8Array(to.buffer, 0, end);
}

/**
 * Subtracts a deleted minute from the total of a run of an earlier version. Such minutes have ratios in coarse buckets; the total
 * has them in fine ones since. Counts of minutes that this version has added to the run are not in the total.
 * @returns the new stored form, or null if nothing remains
 */
export function subtractMinute(total: Uint8Array, minute: Uint8Array): Uint8Array | null {
  const counts = new Map<number, number>();
  eachEntry(total, (series, bucket, count) => counts.set(entryKey(series, bucket), count));
  eachEntry(minute, (series, bucket, count) => {
    const key = entryKey(series, series < FIRST_RATIO ? bucket : middleFineBucket(bucket));
    counts.set(key, Math.max(0, (counts.get(key) ?? 0) - count));
  });
  const remaining = new Map([...counts].filter(([, count]) => count > 0));
  return remaining.size === 0 ? null : addToHistogram(undefined, remaining);
}

/** Series and bucket: the first three bytes of an entry. */
function keyAt(view: DataView, at: number): number {
  return view.getUint32(at) >>> 8;
}

function countAt(view: DataView, at: number): number {
  return view.getUint8(at + 3) * LOW_COUNTS + view.getUint32(at + 4);
}

function writeEntry(view: DataView, at: number, key: number, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT)
    throw new RangeError(`A histogram cannot store the count ${count}.`);
  view.setUint32(at, key * 0x1_00 + Math.floor(count / LOW_COUNTS));
  view.setUint32(at + 4, count % LOW_COUNTS);
}
