import { resolve } from "node:path";
import { packageVersion } from "../lib/versions.ts";
import type { StoreLocation } from "../model/store/store-location.ts";
import { mergeLeftovers } from "./postgres/merge/merge-leftovers.ts";
import { openPostgresReader } from "./postgres/read/postgres-reader.ts";
import { openSqliteReader } from "./sqlite/read/sqlite-reader.ts";
import type { StoreWriterOptions } from "./store-writer-options.ts";
import type { StoreReader } from "./store.ts";

/**
 * Opens a store for reading, alongside processes that write to it.
 * @throws Error if it cannot be opened; the message says why
 */
export async function openReader(location: StoreLocation): Promise<StoreReader> {
  return location.engine === "sqlite"
    ? openSqliteReader(resolve(location.path))
    : openPostgresReader(location, { applicationName: applicationName() });
}

/**
 * Counts what processes that were killed have committed and not counted. In a file, what is committed is counted.
 * @param limits for a store that no process has counted in
 * @returns why something is not counted; undefined if everything is
 * @throws StoreError if the store cannot be read
 */
export async function countLeftovers(location: StoreLocation, limits: StoreWriterOptions): Promise<string | undefined> {
  if (location.engine === "sqlite") return undefined;
  return mergeLeftovers(location, { applicationName: applicationName(), limits });
}

/** What a server shows of the sessions. */
function applicationName(): string {
  return `shadowdiff ${packageVersion()} reader`;
}
