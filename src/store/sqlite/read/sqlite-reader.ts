import { SerialQueue } from "../../../lib/async/serial-queue.ts";
import { QueryReader } from "../../reading/query-reader.ts";
import type { StoreReader } from "../../store.ts";
import { FileGuard } from "../file-guard.ts";
import { openForReading } from "../open-database.ts";
import { toStoreError } from "../sqlite-errors.ts";
import { SqliteQueries } from "./sqlite-queries.ts";

/**
 * Opens a database for reports and the dashboard. Another process can write to it; each query sees the last commit.
 * @throws Error if the file is missing, is not a shadowdiff database or has another schema version; the message names the file
 */
export function openSqliteReader(
  path: string,
  options: { readonly migrations?: string | undefined } = {},
): StoreReader {
  const db = openForReading(path, options.migrations);
  const queries = new SqliteQueries(db, new FileGuard(path, "reading"));
  const queue = new SerialQueue();
  // A connection has one transaction. Queries that came from outside of a snapshot would read its state, which may be older than
  // what their caller has just written.
  return new QueryReader({
    perform: (work) => queue.run(() => attempt(() => work(queries))),
    snapshot: (read) => queue.run(() => readSnapshot(queries, read)),
    close: () => queue.run(() => attempt(() => queries.close())),
  });
}

/** Reads within a transaction of the connection. Nothing else may use it in the meantime. */
async function readSnapshot<Result>(
  queries: SqliteQueries,
  read: (reader: StoreReader) => Promise<Result>,
): Promise<Result> {
  const bound: StoreReader = new QueryReader({
    perform: async (work) => attempt(() => work(queries)),
    snapshot: (nested) => nested(bound),
    close: () => Promise.resolve(),
  });
  attempt(() => queries.beginSnapshot());
  try {
    return await read(bound);
  } finally {
    attempt(() => queries.endSnapshot());
  }
}

/** @throws StoreError if the database cannot be read */
function attempt<Result>(query: () => Result): Result {
  try {
    return query();
  } catch (error) {
    throw toStoreError(error);
  }
}
