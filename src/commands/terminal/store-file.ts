import { existsSync } from "node:fs";
import { storeLocation } from "../../config/values/names.ts";
import { DEFAULT_STORE } from "../../config/defaults.ts";
import { openSqliteReader } from "../../store/sqlite/read/sqlite-reader.ts";
import { StoreError } from "../../store/store-errors.ts";
import type { StoreReader } from "../../store/store.ts";
import { CommandError } from "./command-io.ts";

/**
 * Reads from a store, which a running shadowdiff can have open.
 * @param store `sqlite:PATH` or a path; undefined for the default store of `serve`
 * @throws {CommandError} if the store cannot be read
 */
export async function readStore<Result>(
  store: string | undefined,
  read: (reader: StoreReader, path: string) => Promise<Result>,
): Promise<Result> {
  const parsed = storeLocation.parse(store ?? DEFAULT_STORE);
  if ("problem" in parsed) throw new CommandError(`--store: ${parsed.problem} (allowed: ${storeLocation.allowed})`);
  const location = parsed.value;
  if (location.engine === "postgres") throw new CommandError("reports cannot be read from PostgreSQL yet");
  const { path } = location;
  if (!existsSync(path)) {
    throw new CommandError(
      `store ${path} does not exist; choose another with --store, or a running shadowdiff with --url`,
    );
  }
  const reader = openReader(path);
  try {
    return await read(reader, path);
  } catch (error) {
    // Only errors of the database, such as a damaged or locked file, are the user's to solve.
    if (!(error instanceof StoreError)) throw error;
    throw new CommandError(`cannot read store ${path}: ${error.message}`, { cause: error });
  } finally {
    await reader.close();
  }
}

/** The store explains why it cannot be opened: permissions, not a database, another version. */
function openReader(path: string): StoreReader {
  try {
    return openSqliteReader(path);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
