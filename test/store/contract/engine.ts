import type { ResultBatch } from "../../../src/model/batch.ts";
import type { Run } from "../../../src/model/run.ts";
import type { SqliteWriterOptions } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../src/store/store.ts";

export type WriterOptions = SqliteWriterOptions;

/** A new store with a run. All that it has opened is closed and deleted after the test. */
export interface TestStore {
  /** The value of --store. */
  readonly store: string;
  readonly writer: StoreWriter;
  readonly reader: StoreReader;
  /** Closes the writer, as a store thread that ends does, and opens another one, which continues the run. */
  readonly reopen: (options?: Partial<WriterOptions>) => Promise<StoreWriter>;
  readonly openReader: () => Promise<StoreReader>;
  /** Commits batches in a transaction that fails at its end. */
  readonly failToCommit: (batches: readonly ResultBatch[]) => Promise<void>;
}

/** A store that the contract is tested with. What was committed is visible to readers at once. */
export interface Engine {
  open(options?: Partial<WriterOptions>, run?: Run): Promise<TestStore>;
  /** How many runs of a property the engine can do in about the same time. @param runs of the fastest engine */
  runs(runs: number): number;
  /** The length of the periods that retention deletes at once. */
  readonly retentionMinutes: number;
}
