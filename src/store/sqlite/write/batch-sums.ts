import type { ResultBatch } from "../../../model/batch.ts";
import type { Run } from "../../../model/run.ts";
import { SERIES } from "../column-encoding.ts";
import { entryKey, type HistogramCounts } from "../latency-histogram.ts";
import type { InternedKeys } from "./interned-keys.ts";

/** The columns of a table's primary key after the run. */
type RowKey = readonly (string | number)[];

/** Adds up counts per row, so that each row is written once per transaction. */
class CountSums<Key extends RowKey> {
  readonly #counts = new Map<string, { readonly key: Key; count: number }>();

  add(key: Key, count: number): void {
    const text = key.join("\n");
    const sum = this.#counts.get(text);
    if (sum === undefined) this.#counts.set(text, { key, count });
    else sum.count += count;
  }

  rows(): Iterable<{ readonly key: Key; readonly count: number }> {
    return this.#counts.values();
  }
}

/** Adds up histograms per row. */
class HistogramSums<Key extends RowKey> {
  readonly #histograms = new Map<string, { readonly key: Key; readonly histogram: Map<number, number> }>();

  add(key: Key, entry: number, count: number): void {
    const text = key.join("\n");
    let sum = this.#histograms.get(text);
    if (sum === undefined) {
      sum = { key, histogram: new Map() };
      this.#histograms.set(text, sum);
    }
    sum.histogram.set(entry, (sum.histogram.get(entry) ?? 0) + count);
  }

  rows(): Iterable<{ readonly key: Key; readonly histogram: HistogramCounts }> {
    return this.#histograms.values();
  }
}

/** The sums of a transaction. Comments name the parts of the keys; endpoints and sets are keys of their tables. */
export interface BatchSums {
  /** minute, set */
  readonly tallies: CountSums<readonly [number, number]>;
  /** minute, endpoint */
  readonly latencies: HistogramSums<readonly [number, number]>;
  /** candidate, minute */
  readonly latenciesOfAll: HistogramSums<readonly [string, number]>;
  /** minute, candidate, fate, reason */
  readonly accounting: CountSums<readonly [number, string, string, string]>;
  /** endpoint, section, path, kind, relation */
  readonly relations: CountSums<readonly [number, string, string, string, string]>;
  /** endpoint, role, status of the primary, status of the role */
  readonly statuses: CountSums<readonly [number, string, number, number]>;
  /** endpoint, rule */
  readonly ruleHits: CountSums<readonly [number, string]>;
}

/** Adds up the counts of all batches per database row. */
export function sumBatches(run: Run, batches: readonly ResultBatch[], keys: InternedKeys): BatchSums {
  const sums: BatchSums = {
    tallies: new CountSums(),
    latencies: new HistogramSums(),
    latenciesOfAll: new HistogramSums(),
    accounting: new CountSums(),
    relations: new CountSums(),
    statuses: new CountSums(),
    ruleHits: new CountSums(),
  };
  for (const batch of batches) {
    for (const outcome of batch.outcomes) {
      sums.tallies.add([outcome.minute, keys.outcomeSet(run, outcome)], outcome.count);
    }
    for (const latency of batch.latencies) {
      const { minute, candidate, count } = latency;
      const entry = entryKey(SERIES.indexOf(latency.series), latency.bucket);
      sums.latencies.add([minute, keys.endpoint(run, latency)], entry, count);
      sums.latenciesOfAll.add([candidate, minute], entry, count);
    }
    for (const { minute, candidate, fate, reason, count } of batch.accounting) {
      sums.accounting.add([minute, candidate, fate, reason], count);
    }
    addRunCounts(sums, run, batch, keys);
  }
  return sums;
}

/** Adds the counts that are stored per run instead of per minute. */
function addRunCounts(
  sums: BatchSums,
  run: Run,
  { relations, statuses, ruleHits }: ResultBatch,
  keys: InternedKeys,
): void {
  for (const relation of relations) {
    const { section, path, kind, relation: name, count } = relation;
    sums.relations.add([keys.endpoint(run, relation), section, path, kind, name], count);
  }
  for (const pair of statuses) {
    sums.statuses.add([keys.endpoint(run, pair), pair.role, pair.primary, pair.other], pair.count);
  }
  for (const hit of ruleHits) sums.ruleHits.add([keys.endpoint(run, hit), hit.rule], hit.count);
}
