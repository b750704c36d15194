import Sqlite from "better-sqlite3";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import type { WriterOptions } from "../../contract/engine.ts";
import { openSqlite } from "../../contract/sqlite-engine.ts";
import { RUN } from "../../store-fixture.ts";
import { storedCounts } from "./stored-counts.ts";

/** What SQLite has counted of the same batches. */
export async function inSqlite(batches: readonly ResultBatch[], options: Partial<WriterOptions> = {}) {
  const { path, writer } = await openSqlite(options);
  for (const each of batches) await writer.commit(RUN.id, [each]);
  const db = new Sqlite(path, { readonly: true });
  try {
    return await storedCounts((sql) => db.prepare<[], Record<string, unknown>>(sql).all());
  } finally {
    db.close();
  }
}
