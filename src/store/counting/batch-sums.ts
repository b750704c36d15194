import { minuteOfSlot } from "../../lib/time-slots.ts";
import { proxyThreadOf, type ResultBatch } from "../../model/batch.ts";
import type { Run } from "../../model/run.ts";
import {
  atLevel,
  BACK_TO_BACK,
  BlockCounts,
  CANDIDATE_FEATURE,
  CANDIDATE_STATUS,
  OUTCOME,
  OUTCOME_LEVEL,
  SECONDARY_FEATURE,
  SECONDARY_STATUS,
  STATUS_LEVEL,
  statusPairId,
} from "../packing/block-counts.ts";
import { SERIES } from "../packing/column-encoding.ts";
import { entryKey, type HistogramCounts } from "../packing/latency-histogram.ts";
import type { FeatureKeys } from "./feature-keys.ts";
import type { CandidateEndpoint, InternedKeys } from "./interned-keys.ts";
import type { StatusPairs } from "./status-pairs.ts";

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

  of(key: Key): Map<number, number> {
    const text = key.join("\n");
    let sum = this.#histograms.get(text);
    if (sum === undefined) {
      sum = { key, histogram: new Map() };
      this.#histograms.set(text, sum);
    }
    return sum.histogram;
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
  /** endpoint, slot */
  readonly blocks: ReadonlyMap<number, ReadonlyMap<number, BlockCounts>>;
  /** minute, candidate, fate, reason; the reason of requests in flight is their proxy thread */
  readonly accounting: CountSums<readonly [number, string, string, string]>;
  /** endpoint, section, path, kind, relation */
  readonly relations: CountSums<readonly [number, string, string, string, string]>;
  /** endpoint, role, status of the primary, status of the role */
  readonly statuses: CountSums<readonly [number, string, number, number]>;
  /** endpoint, role, kind, reason, address */
  readonly failures: CountSums<readonly [number, string, string, string, string]>;
  /** endpoint, set, names of query parameters */
  readonly queries: CountSums<readonly [number, number, string]>;
  /** endpoint, rule */
  readonly ruleHits: CountSums<readonly [number, string]>;
}

/** Finds the keys of the rows that are counted. */
export interface SumKeys {
  readonly run: Run;
  readonly keys: InternedKeys;
  readonly features: FeatureKeys;
  readonly statusPairs: StatusPairs;
}

/** Adds up the counts of all batches per database row. */
export function sumBatches(batches: readonly ResultBatch[], keys: SumKeys): BatchSums {
  const adder = new BatchAdder(keys);
  for (const batch of batches) adder.add(batch);
  return adder.sums;
}

/** The place of a count: one endpoint in one slot. */
interface Place extends CandidateEndpoint {
  readonly slot: number;
}

/** Where the counts of one place go. */
interface PlaceSums {
  readonly endpointKey: number;
  readonly minute: number;
  readonly block: BlockCounts;
}

const FIRST_RATIO = SERIES.indexOf("ratio");

class BatchAdder {
  readonly #keys: SumKeys;
  readonly #blocks = new Map<number, Map<number, BlockCounts>>();
  readonly sums: BatchSums = {
    tallies: new CountSums(),
    latencies: new HistogramSums(),
    latenciesOfAll: new HistogramSums(),
    blocks: this.#blocks,
    accounting: new CountSums(),
    relations: new CountSums(),
    statuses: new CountSums(),
    failures: new CountSums(),
    queries: new CountSums(),
    ruleHits: new CountSums(),
  };
  /** Rows of one place follow each other. */
  #last: { readonly place: Place; readonly sums: PlaceSums } | undefined;

  constructor(keys: SumKeys) {
    this.#keys = keys;
  }

  add(batch: ResultBatch): void {
    const { run, keys, features } = this.#keys;
    const { sums } = this;
    for (const outcome of batch.outcomes) {
      const { endpointKey, minute, block } = this.#at(outcome);
      const set = keys.outcomeSet(run, outcome);
      for (const [query, count] of outcome.queries) sums.queries.add([endpointKey, set, query], count);
      sums.tallies.add([minute, set], outcome.count);
      block.add(OUTCOME, set, outcome.count);
      const { level = 0 } = outcome;
      if (level > 0) block.add(OUTCOME_LEVEL, atLevel(set, level), outcome.count);
    }
    this.#addLatencies(batch);
    for (const pacing of batch.pacing) this.#at(pacing).block.add(BACK_TO_BACK, 0, pacing.backToBack);
    for (const feature of batch.features) {
      const { endpointKey, block } = this.#at(feature);
      const key = features.key(endpointKey, feature);
      if (feature.candidateOnly > 0) block.add(CANDIDATE_FEATURE, key, feature.candidateOnly);
      if (feature.secondaryOnly > 0) block.add(SECONDARY_FEATURE, key, feature.secondaryOnly);
    }
    for (const { minute, candidate, fate, reason, count } of batch.accounting) {
      sums.accounting.add([minute, candidate, fate, fate === "inFlight" ? proxyThreadOf(batch) : reason], count);
    }
    this.#addRunCounts(batch);
  }

  /** Ratios are counted in blocks only. */
  #addLatencies({ latencies }: ResultBatch): void {
    let at: PlaceSums | undefined;
    let [own, ofAll] = [new Map<number, number>(), new Map<number, number>()];
    for (const latency of latencies) {
      const { series, bucket, count, candidate } = latency;
      const next = this.#at(latency);
      const index = SERIES.indexOf(series);
      next.block.addLatency(index, bucket, count);
      if (index >= FIRST_RATIO) continue;
      if (next !== at) {
        own = this.sums.latencies.of([next.minute, next.endpointKey]);
        ofAll = this.sums.latenciesOfAll.of([candidate, next.minute]);
        at = next;
      }
      const entry = entryKey(index, bucket);
      own.set(entry, (own.get(entry) ?? 0) + count);
      ofAll.set(entry, (ofAll.get(entry) ?? 0) + count);
    }
  }

  /** Adds the counts that are stored per run instead of per minute; statuses also per block. */
  #addRunCounts({ relations, statuses, failures, ruleHits }: ResultBatch): void {
    const { run, keys, statusPairs } = this.#keys;
    const { sums } = this;
    for (const relation of relations) {
      const { section, path, kind, relation: name, count } = relation;
      sums.relations.add([keys.endpoint(run, relation), section, path, kind, name], count);
    }
    for (const status of statuses) {
      const { endpointKey, block } = this.#at(status);
      const { role, primary, other } = statusPairs.counted(endpointKey, status);
      sums.statuses.add([endpointKey, role, primary, other], status.count);
      const kind = role === "candidate" ? CANDIDATE_STATUS : SECONDARY_STATUS;
      const pair = statusPairId(primary, other);
      block.add(kind, pair, status.count);
      const { level = 0 } = status;
      if (level > 0 && role === "candidate") block.add(STATUS_LEVEL, atLevel(pair, level), status.count);
    }
    for (const failure of failures) {
      const { role, kind, reason, address, count } = failure;
      sums.failures.add([keys.endpoint(run, failure), role, kind, reason, address], count);
    }
    for (const hit of ruleHits) sums.ruleHits.add([keys.endpoint(run, hit), hit.rule], hit.count);
  }

  #at(place: Place): PlaceSums {
    if (this.#last !== undefined && isSamePlace(this.#last.place, place)) return this.#last.sums;
    const { run, keys } = this.#keys;
    const endpointKey = keys.endpoint(run, place);
    let slots = this.#blocks.get(endpointKey);
    if (slots === undefined) {
      slots = new Map();
      this.#blocks.set(endpointKey, slots);
    }
    let block = slots.get(place.slot);
    if (block === undefined) {
      block = new BlockCounts();
      slots.set(place.slot, block);
    }
    const sums = { endpointKey, minute: minuteOfSlot(place.slot), block };
    this.#last = { place, sums };
    return sums;
  }
}

function isSamePlace(one: Place, other: Place): boolean {
  return (
    one.slot === other.slot &&
    one.endpoint === other.endpoint &&
    one.route === other.route &&
    one.candidate === other.candidate
  );
}
