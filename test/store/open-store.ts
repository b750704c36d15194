import type { Run } from "../../src/model/run.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter, type SqliteWriterOptions } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { newPath } from "./new-path.ts";
import { OPTIONS, RUN } from "./store-fixture.ts";

/** A new file with a run, opened for writing and for reading. */
export function openStore(options: Partial<SqliteWriterOptions> = {}, run: Run = RUN) {
  const path = newPath();
  const writer = openSqliteWriter(path, { ...OPTIONS, ...options });
  writer.beginRun(run);
  return { path, writer, reader: openSqliteReader(path) };
}
