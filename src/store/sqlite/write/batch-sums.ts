import type { ResultBatch } from "../../../model/batch.ts";
import type { Run } from "../../../model/run.ts";
import { SERIES } from "../column-codes.ts";
import { entryKey, type Histogram } from "../histogram.ts";
import type { Keys } from "./interned-keys.ts";

/** A counter's place within its table, after the run. */
type CounterKey = readonly (string | number)[];

/** Adds up counts under keys of several parts, so that each counter is written once per transaction. */
class Counters<Key extends CounterKey> {
  readonly #counts = new Map<string, { readonly key: Key; count: number }>();

  add(key: Key, count: number): void {
    const text = key.join("\n");
    const known = this.#counts.get(text);
    if (known === undefined) this.#counts.set(text, { key, count });
    else known.count += count;
  }

  rows(): Iterable<{ readonly key: Key; readonly count: number }> {
    return this.#counts.values();
  }
}

/** Adds up latencies under keys of several parts. */
class Histograms<Key extends CounterKey> {
  readonly #histograms = new Map<string, { readonly key: Key; readonly histogram: Map<number, number> }>();

  add(key: Key, entry: number, count: number): void {
    const text = key.join("\n");
    let known = this.#histograms.get(text);
    if (known === undefined) {
      known = { key, histogram: new Map() };
      this.#histograms.set(text, known);
    }
    known.histogram.set(entry, (known.histogram.get(entry) ?? 0) + count);
  }

  rows(): Iterable<{ readonly key: Key; readonly histogram: Histogram }> {
    return this.#histograms.values();
  }
}

export interface Sums {
  /** minute, set */
  readonly tallies: Counters<readonly [number, number]>;
  /** minute, endpoint */
  readonly latencies: Histograms<readonly [number, number]>;
  /** candidate, minute */
  readonly latenciesOfAll: Histograms<readonly [string, number]>;
  /** minute, candidate, fate, reason */
  readonly accounting: Counters<readonly [number, string, string, string]>;
  /** endpoint, section, path, kind, relation */
  readonly relations: Counters<readonly [number, string, string, string, string]>;
  /** endpoint, role, primary's status, the other's status */
  readonly statuses: Counters<readonly [number, string, number, number]>;
  /** endpoint, rule */
  readonly ruleHits: Counters<readonly [number, string]>;
}

/** Adds the counts of all batches up, under the keys that they have in the database. */
export function sumBatches(run: Run, batches: readonly ResultBatch[], keys: Keys): Sums {
  const sums: Sums = {
    tallies: new Counters(),
    latencies: new Histograms(),
    latenciesOfAll: new Histograms(),
    accounting: new Counters(),
    relations: new Counters(),
    statuses: new Counters(),
    ruleHits: new Counters(),
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

/** Counts of the whole run. */
function addRunCounts(sums: Sums, run: Run, { relations, statuses, ruleHits }: ResultBatch, keys: Keys): void {
  for (const relation of relations) {
    const { section, path, kind, relation: name, count } = relation;
    sums.relations.add([keys.endpoint(run, relation), section, path, kind, name], count);
  }
  for (const pair of statuses) {
    sums.statuses.add([keys.endpoint(run, pair), pair.role, pair.primary, pair.other], pair.count);
  }
  for (const hit of ruleHits) sums.ruleHits.add([keys.endpoint(run, hit), hit.rule], hit.count);
}
