import { resolve } from "node:path";
import { packageVersion } from "../lib/versions.ts";
import type { StoreLocation } from "../model/store/store-location.ts";
import { openSqliteReader } from "./sqlite/read/sqlite-reader.ts";
import type { StoreWriterOptions } from "./store-writer-options.ts";
import type { StoreReader } from "./store.ts";

/**
 * Opens a store for reading, alongside processes that write to it.
 * @throws Error if it cannot be opened; the message says why
 */
export async function openReader(location: StoreLocation): Promise<StoreReader> {
  if (location.engine === "sqlite") return openSqliteReader(resolve(location.path));
  const { openPostgresReader } = await import("./postgres/read/postgres-reader.ts");
  return openPostgresReader(location, { applicationName: applicationName() });
}

/**
 * Counts what processes that were killed have committed and not counted. In a file, what is committed is counted.
 * @param limits for a store that no process has counted in
 * @returns why something is not counted; undefined if everything is
 * @throws StoreError if the store cannot be read
 */
export async function countLeftovers(location: StoreLocation, limits: StoreWriterOptions): Promise<string | undefined> {
  if (location.engine === "sqlite") return undefined;
  const { mergeLeftovers } = await import("./postgres/merge/merge-leftovers.ts");
  return mergeLeftovers(location, { applicationName: applicationName(), limits });
}

/** What a server shows of the sessions. */
function applicationName(): string {
  return `shadowdiff ${packageVersion()} reader`;
}
