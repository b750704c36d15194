import { existsSync } from "node:fs";
import { storePath } from "../../config/values/names.ts";
import { OPTIONS } from "../../config/options/options.ts";
import { openSqliteReader } from "../../store/sqlite/read/sqlite-reader.ts";
import type { StoreReader } from "../../store/store.ts";
import { CommandError } from "./report-error.ts";

/**
 * Asks a store's file, which may be in use by a running shadowdiff.
 * @param store `sqlite:PATH` or the path alone; undefined: where `serve` stores by default
 * @throws {CommandError} when it cannot be read
 */
export function readStore<Answer>(
  store: string | undefined,
  question: (reader: StoreReader, path: string) => Answer,
): Answer {
  const parsed = storePath.parse(store ?? OPTIONS.store.defaultText);
  if ("problem" in parsed) throw new CommandError(`--store: ${parsed.problem} (allowed: ${storePath.allowed})`);
  const path = parsed.value;
  if (!existsSync(path)) {
    const remedy = "name its file with --store, or a running shadowdiff with --url";
    throw new CommandError(`there is no store ${path}: ${remedy}`);
  }
  const reader = opened(path);
  try {
    return question(reader, path);
  } catch (error) {
    // A damaged or busy file is the caller's business; any other error is ours.
    if (!(error instanceof Error) || !String((error as { code?: unknown }).code).startsWith("SQLITE_")) throw error;
    throw new CommandError(`the store ${path} cannot be read: ${error.message}`, { cause: error });
  } finally {
    reader.close();
  }
}

/** What stands in the way (no right to read, no database, another version's) is said by the store. */
function opened(path: string): StoreReader {
  try {
    return openSqliteReader(path);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
