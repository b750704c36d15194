import { existsSync } from "node:fs";
import {
  DEFAULT_MAX_DIFFERENCE_SETS,
  DEFAULT_MAX_ENDPOINTS,
  DEFAULT_MAX_SEGMENT_VALUES,
  DEFAULT_SAMPLES_PER_DIFFERENCE,
  DEFAULT_STORE,
} from "../../config/defaults.ts";
import { storeLocation } from "../../config/values/names.ts";
import { describeLocation, type StoreLocation } from "../../model/store/store-location.ts";
import { countLeftovers, openReader } from "../../store/open-reader.ts";
import { StoreError } from "../../store/store-errors.ts";

import type { StoreWriterOptions } from "../../store/store-writer-options.ts";
import type { StoreReader } from "../../store/store.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { CommandError, type CommandIo } from "./command-io.ts";

/** Of a store in which no process has counted anything yet. */
const DEFAULT_LIMITS: StoreWriterOptions = {
  maxEndpoints: DEFAULT_MAX_ENDPOINTS,
  maxSegmentValues: DEFAULT_MAX_SEGMENT_VALUES,
  maxDifferenceSets: DEFAULT_MAX_DIFFERENCE_SETS,
  samplesPerDifference: DEFAULT_SAMPLES_PER_DIFFERENCE,
  retention: { maxAgeMs: Infinity, maxBytes: Infinity },
};

/**
 * Reads from a store, which a running shadowdiff can have open.
 * @param store `sqlite:PATH`, a path, or the URL of a database; undefined for the default store of `serve`
 * @param read is called with the name of the store for messages, which has no password
 * @param io for a line about what could not be counted
 * @throws {CommandError} if the store cannot be read
 */
export async function readStore<Result>(
  store: string | StoreLocation | undefined,
  read: (reader: StoreReader, name: string) => Promise<Result>,
  io: Pick<CommandIo, "err">,
): Promise<Result> {
  const location = typeof store === "object" ? store : parseStore(store ?? DEFAULT_STORE, "--store");
  const name = describeLocation(location);
  const reader = await open(location, name);
  try {
    const notCounted = await countLeftovers(location, DEFAULT_LIMITS);
    if (notCounted !== undefined) io.err(`${escapeText(notCounted)}\n`);
    return await read(reader, name);
  } catch (error) {
    // Only errors of the database, such as a damaged or locked file, are the user's to solve.
    if (!(error instanceof StoreError)) throw error;
    throw new CommandError(`cannot read store ${name}: ${error.message}`, { cause: error });
  } finally {
    await reader.close();
  }
}

/** @param option what named the store, for errors @throws {CommandError} if it is none */
export function parseStore(store: string, option: string): StoreLocation {
  const parsed = storeLocation.parse(store);
  if ("problem" in parsed) throw new CommandError(`${option}: ${parsed.problem} (allowed: ${storeLocation.allowed})`);
  const location = parsed.value;
  if (location.engine === "sqlite") return location;
  return { ...location, passwordFile: process.env["SHADOWDIFF_STORE_PASSWORD_FILE"] || undefined };
}

/** The store explains why it cannot be opened: permissions, not a database, unreachable, another version. */
async function open(location: StoreLocation, name: string): Promise<StoreReader> {
  if (location.engine === "sqlite" && !existsSync(location.path)) {
    throw new CommandError(
      `store ${name} does not exist; choose another with --store, or a running shadowdiff with --url`,
    );
  }
  try {
    return await openReader(location);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The message of SQLite has the path already.
    const where = location.engine === "sqlite" ? "" : `cannot open store ${name}: `;
    throw new CommandError(`${where}${message}`, { cause: error });
  }
}
