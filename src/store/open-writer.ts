import { resolve } from "node:path";
import type { StoreLocation } from "../model/store/store-location.ts";
import type { PostgresWriterOptions } from "./postgres/write/postgres-writer-options.ts";
import { openSqliteWriter } from "./sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "./store.ts";

/**
 * Opens the writer of a store, and creates the store if it does not exist.
 * @throws StoreError with a message that names the store and the problem, but no password
 */
export async function openWriter(location: StoreLocation, options: PostgresWriterOptions): Promise<StoreWriter> {
  if (location.engine === "sqlite") return openSqliteWriter(resolve(location.path), options);
  const { openPostgresWriter } = await import("./postgres/write/postgres-writer.ts");
  return openPostgresWriter(location, options);
}
