import { resolve } from "node:path";
import { packageVersion } from "../lib/versions.ts";
import type { StoreLocation } from "../model/store/store-location.ts";
import { openPostgresReader } from "./postgres/read/postgres-reader.ts";
import { openSqliteReader } from "./sqlite/read/sqlite-reader.ts";
import type { StoreReader } from "./store.ts";

/**
 * Opens a store for reading, alongside processes that write to it.
 * @throws Error if it cannot be opened; the message says why
 */
export async function openReader(location: StoreLocation): Promise<StoreReader> {
  return location.engine === "sqlite"
    ? openSqliteReader(resolve(location.path))
    : openPostgresReader(location, { applicationName: `shadowdiff ${packageVersion()} reader` });
}
