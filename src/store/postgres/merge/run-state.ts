import type { ResultBatch } from "../../../model/batch.ts";
import { minuteOfSlot } from "../../../lib/time-slots.ts";
import type { Run } from "../../../model/run.ts";
import { type BatchSums, sumBatches } from "../../counting/batch-sums.ts";
import { AttributeWriter } from "../../counting/attribute-writer.ts";
import { BlockWriter } from "../../counting/block-writer.ts";
import { FeatureKeys } from "../../counting/feature-keys.ts";
import { type CardinalityLimits, InternedKeys } from "../../counting/interned-keys.ts";
import { ParameterWriter } from "../../counting/parameter-writer.ts";
import { RunCountWriter } from "../../counting/run-count-writer.ts";
import { SampleWriter } from "../../counting/sample-writer.ts";
import { StatusPairs } from "../../counting/status-pairs.ts";
import type { RunRow } from "../../packing/run-rows.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { decodeStoredRun, RUN_COLUMNS } from "../stored-runs.ts";
import { dayOf, dayOfMinute } from "./days.ts";
import { AttributeMemory } from "./memory/attribute-memory.ts";
import { BlockMemory } from "./memory/block-memory.ts";
import { HistogramMemory } from "./memory/histogram-memory.ts";
import { KeyMemory } from "./memory/key-memory.ts";
import { ParameterMemory } from "./memory/parameter-memory.ts";
import { RunCountMemory } from "./memory/run-count-memory.ts";
import { SampleMemory } from "./memory/sample-memory.ts";
import { SlowExchangeMemory } from "./memory/slow-exchange-memory.ts";
import type { TemplateMemory } from "./memory/template-memory.ts";
import { insertInto, writeRows } from "./write-rows.ts";

export interface CountingLimits extends CardinalityLimits {
  /** Reservoir size per differing field, in addition to the first, the last and the smallest sample; 0 disables sampling. */
  readonly samplesPerDifference: number;
}

/** What the runs of one merge share. */
export interface MergeContext {
  readonly limits: CountingLimits;
  readonly templates: TemplateMemory;
  /** The endpoints and patterns that people have written, and the configured ones. */
  patterns(): readonly string[];
  /** Increases the version of all blocks. */
  nextBlockVersion(): number;
  /** The next key of a sample or slow exchange; rises over all merges. */
  nextExampleKey(): number;
}

interface TallyRow {
  readonly day: number;
  readonly minute: number;
  readonly setKey: number;
  readonly count: number;
}

const ADD_TALLIES = insertInto<TallyRow>(
  "tally",
  [
    ["day", "day", "integer"],
    ["minute", "minute", "integer"],
    ["setKey", "set_key", "integer"],
    ["count", "count", "bigint"],
  ],
  "ON CONFLICT (run_key, day, minute, set_key) DO UPDATE SET count = tally.count + excluded.count",
);
const ADD_TOTALS = insertInto<Pick<TallyRow, "setKey" | "count">>(
  "tally_total",
  [
    ["setKey", "set_key", "integer"],
    ["count", "count", "bigint"],
  ],
  "ON CONFLICT (run_key, set_key) DO UPDATE SET count = tally_total.count + excluded.count",
);

/** The counts of one run as the merge knows them. Valid as long as no other process merges, and no transaction fails. */
export class RunState {
  readonly #run: Run;
  readonly #runKey: number;
  readonly #keyMemory: KeyMemory;
  readonly #keys: InternedKeys;
  readonly #features: FeatureKeys;
  readonly #statusPairs: StatusPairs;
  readonly #runCountMemory: RunCountMemory;
  readonly #runCounts: RunCountWriter;
  readonly #parameterMemory: ParameterMemory;
  readonly #parameters: ParameterWriter;
  readonly #blockMemory: BlockMemory;
  readonly #blocks: BlockWriter;
  readonly #histograms: HistogramMemory;
  readonly #sampleMemory: SampleMemory;
  readonly #samples: SampleWriter;
  readonly #slowExchanges: SlowExchangeMemory;
  readonly #attributeMemory: AttributeMemory;
  readonly #attributes: AttributeWriter;
  readonly #nextVersion: () => number;

  private constructor(run: Run, runKey: number, rows: LoadedRows, context: MergeContext) {
    this.#run = run;
    this.#runKey = runKey;
    this.#keyMemory = rows.keys;
    this.#keys = new InternedKeys(rows.keys, context.limits, () => context.patterns());
    this.#features = new FeatureKeys(rows.keys.features);
    this.#statusPairs = new StatusPairs(rows.keys.statusPairs);
    this.#runCountMemory = rows.runCounts;
    this.#runCounts = new RunCountWriter(rows.runCounts);
    this.#parameterMemory = new ParameterMemory(runKey);
    this.#parameters = new ParameterWriter(this.#parameterMemory);
    this.#blockMemory = new BlockMemory(runKey, () => context.nextBlockVersion());
    this.#blocks = new BlockWriter(this.#blockMemory);
    this.#histograms = new HistogramMemory(runKey);
    this.#sampleMemory = new SampleMemory(runKey, () => context.nextExampleKey());
    this.#samples = new SampleWriter(this.#sampleMemory, context.limits.samplesPerDifference);
    this.#slowExchanges = new SlowExchangeMemory(runKey, () => context.nextExampleKey());
    this.#attributeMemory = new AttributeMemory(runKey);
    this.#attributes = new AttributeWriter(this.#attributeMemory);
    this.#nextVersion = () => context.nextBlockVersion();
  }

  /** @throws RangeError if there is no such run: nothing can be counted for it */
  static async load(session: PostgresSession, runKey: number, context: MergeContext): Promise<RunState> {
    const { rows } = await session.query<RunRow>(`SELECT ${RUN_COLUMNS} FROM run WHERE key = $1`, [runKey]);
    const [row] = rows;
    if (row === undefined) throw new RangeError(`There is no run with the key ${runKey}.`);
    const keys = await KeyMemory.load(session, runKey, context.templates);
    const runCounts = await RunCountMemory.open(session, runKey);
    const state = new RunState(decodeStoredRun(row), runKey, { keys, runCounts }, context);
    // What people have written since a template was learned.
    state.#keys.keepSpelledValues();
    return state;
  }

  /**
   * Adds the counts of batches, except the accounting. Must run within a transaction that has the tables of their days.
   * @param takesSamples false while the database has no room
   */
  async count(session: PostgresSession, batches: readonly ResultBatch[], takesSamples: boolean): Promise<void> {
    const [run, keys, features, statusPairs] = [this.#run, this.#keys, this.#features, this.#statusPairs];
    const counted = batches.map((batch): ResultBatch => ({ ...batch, accounting: [] }));
    const sums = sumBatches(counted, { run, keys, features, statusPairs });
    await this.#keyMemory.write(session);
    await this.#writeTallies(session, sums);
    await this.#histograms.add(session, sums);
    await this.#runCountMemory.load(session, sums);
    this.#runCounts.write(sums);
    await this.#runCountMemory.write(session);
    await this.#parameterMemory.load(session, sums);
    this.#parameters.write(sums);
    await this.#parameterMemory.write(session);
    await this.#blockMemory.load(session, sums.blocks);
    this.#blocks.write(sums.blocks);
    await this.#blockMemory.write(session);
    if (takesSamples) await this.#keepExamples(session, batches);
    await this.#keepAttributes(session, batches, takesSamples);
  }

  async #writeTallies(session: PostgresSession, { tallies }: BatchSums): Promise<void> {
    const rows = Array.from(tallies.rows(), ({ key: [minute, setKey], count }): TallyRow => {
      return { day: dayOfMinute(minute), minute, setKey, count };
    });
    const totals = Array.from(
      Map.groupBy(rows, ({ setKey }) => setKey),
      ([setKey, ofSet]) => {
        return { setKey, count: ofSet.reduce((sum, { count }) => sum + count, 0) };
      },
    );
    await writeRows(session, ADD_TALLIES, this.#runKey, rows);
    await writeRows(session, ADD_TOTALS, this.#runKey, totals);
  }

  async #keepExamples(session: PostgresSession, batches: readonly ResultBatch[]): Promise<void> {
    const samples = batches.flatMap((batch) =>
      batch.samples.map((sample) => ({ sample, endpointKey: this.#keys.endpoint(this.#run, sample) })),
    );
    const slow = batches.flatMap((batch) =>
      batch.slow.map((exchange) => ({ exchange, endpointKey: this.#keys.endpoint(this.#run, exchange) })),
    );
    // Endpoints that only have examples.
    await this.#keyMemory.write(session);
    await this.#sampleMemory.load(
      session,
      Iterator.from(samples).map(({ endpointKey }) => endpointKey),
    );
    for (const { sample, endpointKey } of samples) this.#samples.offer(this.#runKey, endpointKey, sample);
    await this.#sampleMemory.write(session);
    await this.#slowExchanges.load(
      session,
      Iterator.from(slow).map(({ endpointKey }) => endpointKey),
    );
    for (const { exchange, endpointKey } of slow) this.#slowExchanges.offer(endpointKey, exchange);
    await this.#slowExchanges.write(session);
  }

  async #keepAttributes(session: PostgresSession, batches: readonly ResultBatch[], hasRoom: boolean): Promise<void> {
    const offered = batches.flatMap((batch) =>
      batch.attributes.map((record) => ({ record, endpointKey: this.#keys.endpoint(this.#run, record) })),
    );
    if (offered.length === 0) return;
    await this.#keyMemory.write(session);
    const endpoints = new Set(offered.map(({ endpointKey }) => endpointKey));
    const missing = [...endpoints].filter((endpointKey) => !this.#attributes.knows(endpointKey));
    await this.#attributeMemory.load(session, missing);
    for (const { record, endpointKey } of offered) this.#attributes.offer(this.#runKey, endpointKey, record, hasRoom);
    const changes = this.#attributes.takeChanges(this.#nextVersion);
    if (changes !== undefined) await this.#attributeMemory.write(session, changes);
  }
}

interface LoadedRows {
  readonly keys: KeyMemory;
  readonly runCounts: RunCountMemory;
}

/** The days in which something of the batches is counted or kept. */
export function daysOf(batches: readonly ResultBatch[]): ReadonlySet<number> {
  const days = new Set<number>();
  for (const batch of batches) {
    for (const { minute } of batch.accounting) days.add(dayOfMinute(minute));
    for (const { slot } of [...batch.outcomes, ...batch.latencies]) days.add(dayOfMinute(minuteOfSlot(slot)));
    for (const { at } of [...batch.samples, ...batch.slow, ...batch.attributes]) days.add(dayOf(at));
  }
  return days;
}
