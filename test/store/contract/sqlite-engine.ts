import { expect, onTestFinished } from "vitest";
import type { Run } from "../../../src/model/run.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../src/store/store.ts";
import { newPath } from "../new-path.ts";
import { batch, OPTIONS, received, RUN } from "../store-fixture.ts";
import type { Engine, TestStore, WriterOptions } from "./engine.ts";

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
    store: path,
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

export const SQLITE: Engine = { open: openSqlite, runs: (runs) => runs, retentionMinutes: 1 };
