import { describe, expect, onTestFinished } from "vitest";
import type { ResultBatch } from "../../../src/model/batch.ts";
import type { Run } from "../../../src/model/run.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter, type SqliteWriterOptions } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../src/store/store.ts";
import { newPath } from "../new-path.ts";
import { batch, OPTIONS, received, RUN } from "../store-fixture.ts";

export type WriterOptions = SqliteWriterOptions;

/** A new store with a run. All that it has opened is closed and deleted after the test. */
export interface TestStore {
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

/** STRICT tables refuse it. */
const TEXT_FOR_NUMBER = batch("refused", { accounting: [received("many" as unknown as number)] });

/** What only a file has. */
export interface SqliteStore extends TestStore {
  readonly path: string;
  /** Opens another writer of the same file. */
  readonly openWriter: (options?: Partial<WriterOptions>, run?: Run) => Promise<StoreWriter>;
}

/** A new file with a run, opened for writing and for reading. */
export async function openSqlite(options: Partial<WriterOptions> = {}, run: Run = RUN): Promise<SqliteStore> {
  const path = newPath();
  const openWriter: SqliteStore["openWriter"] = async (changed = {}, own = run) => {
    const opened = openSqliteWriter(path, { ...OPTIONS, ...options, ...changed });
    onTestFinished(() => opened.close());
    await opened.beginRun(own);
    return opened;
  };
  const openReader = (): Promise<StoreReader> => {
    const opened = openSqliteReader(path);
    onTestFinished(() => opened.close());
    return Promise.resolve(opened);
  };
  let writer = await openWriter();
  return {
    path,
    writer,
    reader: await openReader(),
    async reopen(changed = {}) {
      await writer.close();
      writer = await openWriter(changed);
      return writer;
    },
    openWriter,
    openReader,
    async failToCommit(batches) {
      const message = "cannot store TEXT value in INTEGER column accounting.count";
      await expect(writer.commit(run.id, [...batches, TEXT_FOR_NUMBER])).rejects.toThrow(message);
    },
  };
}

const SQLITE: Engine = { open: openSqlite, runs: (runs) => runs, retentionMinutes: 1 };

/** Defines the same tests for every engine. */
export function describeStores(name: string, define: (engine: Engine) => void): void {
  describe(`${name} (SQLite)`, () => {
    define(SQLITE);
  });
}
