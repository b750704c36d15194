import type { BucketCounts, LatencyHistograms } from "../store.ts";
import { NO_COUNTS } from "../sum-buckets.ts";
import { SERIES } from "./column-encoding.ts";
import { IntegerReader, IntegerWriter } from "./packed-integers.ts";

/**
 * What an entry of a block counts, as the first byte of its group: below `OUTCOME` a latency series, whose ids are buckets. The
 * order is part of the schema.
 */
export const OUTCOME = 6;
export const CANDIDATE_STATUS = 7;
export const SECONDARY_STATUS = 8;
export const CANDIDATE_FEATURE = 9;
export const SECONDARY_FEATURE = 10;
export const BACK_TO_BACK = 11;
/** Exchanges that stand for several requests, of those that are counted above; see `atLevel`. */
export const OUTCOME_LEVEL = 12;
export const STATUS_LEVEL = 13;
const KIND_RANGE = 16;

/** Makes buckets non-negative. */
const BUCKET_OFFSET = 0x80_00;
/** An id of a status pair is primary × 2^16 + other. */
const STATUS_RANGE = 0x1_00_00;
/** An id at a level is id × 2^4 + level. */
const LEVEL_RANGE = 16;

/** Ids in ascending order, and the count of each. */
export interface Entries {
  readonly ids: number[];
  readonly counts: number[];
}

/** The counts of one block. A kind that does not occur is missing. */
export type CountsByKind = readonly (Entries | undefined)[];

/** New counts of one period. */
export class BlockCounts {
  /** By id × 2^4 + kind: nearly always a small integer, which maps handle fast. */
  readonly #counts = new Map<number, number>();

  add(kind: number, id: number, count: number): void {
    const key = id * KIND_RANGE + kind;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  addLatency(series: number, bucket: number, count: number): void {
    this.add(series, bucket + BUCKET_OFFSET, count);
  }

  addAll(other: BlockCounts): void {
    for (const [key, count] of other.#counts) this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  entries(): CountsByKind {
    const kinds: Entries[] = [];
    for (const key of [...this.#counts.keys()].sort((one, other) => one - other)) {
      const kind = key % KIND_RANGE;
      const { ids, counts } = (kinds[kind] ??= { ids: [], counts: [] });
      ids.push((key - kind) / KIND_RANGE);
      counts.push(this.#counts.get(key) ?? 0);
    }
    return kinds;
  }
}

export function statusPairId(primary: number, other: number): number {
  if (other >= STATUS_RANGE) throw new RangeError(`A block cannot store the status ${other}.`);
  return primary * STATUS_RANGE + other;
}

export function statusPairOf(id: number): { readonly primary: number; readonly other: number } {
  return { primary: Math.floor(id / STATUS_RANGE), other: id % STATUS_RANGE };
}

/** The id of what is counted under another id with a level above 0; see `LegRecorder.level`. */
export function atLevel(id: number, level: number): number {
  if (level >= LEVEL_RANGE) throw new RangeError(`A block cannot store the level ${level}.`);
  return id * LEVEL_RANGE + level;
}

/** How many requests the exchanges at levels above 0 stand for, beyond one each, by the id without the level. */
export function extraWeights(entries: Entries | undefined): ReadonlyMap<number, number> {
  const extra = new Map<number, number>();
  for (const [at, id] of entries?.ids.entries() ?? []) {
    const level = id % LEVEL_RANGE;
    const own = (id - level) / LEVEL_RANGE;
    extra.set(own, (extra.get(own) ?? 0) + (entries?.counts[at] ?? 0) * (2 ** level - 1));
  }
  return extra;
}

/** The largest number of requests that one exchange stands for. */
export function largestWeight(entries: Entries): number {
  return entries.ids.reduce((largest, id) => Math.max(largest, 2 ** (id % LEVEL_RANGE)), 1);
}

/** Adds up the counts of two blocks. */
export function mergeBlocks(one: CountsByKind, other: CountsByKind): CountsByKind {
  const sum: (Entries | undefined)[] = [...one];
  for (const [kind, entries] of other.entries()) {
    const known = sum[kind];
    sum[kind] = known === undefined || entries === undefined ? (known ?? entries) : merged(known, entries);
  }
  return sum;
}

function merged(one: Entries, other: Entries): Entries {
  const ids: number[] = [];
  const counts: number[] = [];
  let [left, right] = [0, 0];
  while (left < one.ids.length || right < other.ids.length) {
    const leftId = one.ids[left] ?? Infinity;
    const rightId = other.ids[right] ?? Infinity;
    ids.push(Math.min(leftId, rightId));
    counts.push(
      (leftId <= rightId ? (one.counts[left++] ?? 0) : 0) + (rightId <= leftId ? (other.counts[right++] ?? 0) : 0),
    );
  }
  return { ids, counts };
}

/**
 * Packs the counts of a block: for each kind that occurs its number, the number of its entries, and the entries in ascending order, each as the
 * difference to the previous id and the count. All are packed integers.
 */
export function packBlock(kinds: CountsByKind): Uint8Array {
  const writer = new IntegerWriter();
  for (const [kind, entries] of kinds.entries()) {
    if (entries === undefined) continue;
    writer.write(kind);
    writer.write(entries.ids.length);
    let previous = 0;
    for (const [at, id] of entries.ids.entries()) {
      writer.write(id - previous);
      writer.write(entries.counts[at] ?? 0);
      previous = id;
    }
  }
  return writer.take();
}

/** @returns by kind */
export function unpackBlock(packed: Uint8Array): CountsByKind {
  const kinds: (Entries | undefined)[] = [];
  const reader = new IntegerReader(packed);
  while (!reader.isAtEnd) {
    const kind = reader.read();
    const length = reader.read();
    const entries: Entries = { ids: [], counts: [] };
    for (let id = 0, entry = 0; entry < length; entry += 1) {
      id += reader.read();
      entries.ids.push(id);
      entries.counts.push(reader.read());
    }
    kinds[kind] = entries;
  }
  return kinds;
}

/** The latencies among the counts of a block. */
export function histogramsOf(kinds: CountsByKind): LatencyHistograms {
  const [primary, candidate, secondary, ratio, bias, twin] = SERIES.map((_, index): BucketCounts => {
    const entries = kinds[index];
    return entries === undefined
      ? NO_COUNTS
      : { buckets: entries.ids.map((id) => id - BUCKET_OFFSET), counts: entries.counts };
  }) as [BucketCounts, BucketCounts, BucketCounts, BucketCounts, BucketCounts, BucketCounts];
  return { primary, candidate, secondary, ratio, bias, twin };
}
