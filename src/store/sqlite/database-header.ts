import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Offsets of the header and their sizes (sqlite.org/fileformat2.html §1.3). */
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const PAGE_SIZE_OFFSET = 16;
/** `user_version`, which is the stamp of open-database.ts. */
const STAMP_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;
/** The page size that is written as 1. */
const LARGEST_PAGE = 65_536;

/** "shdw" in ASCII. SQLite stores it in the file header, which identifies a database of shadowdiff. */
export const APPLICATION_ID = 0x73_68_64_77;

/**
 * What a file is, as far as its header says:
 * - `empty`: nothing was written to it. `unfinished`: an SQLite database that may have no content, like one that shadowdiff was
 *   about to create when it was killed.
 * - `own`: a database of shadowdiff. `foreign`: one of another program. `other`: no SQLite database.
 */
export type FileKind = "empty" | "unfinished" | "own" | "foreign" | "other";

/** @throws if the file cannot be read */
export function fileKindOf(path: string): FileKind {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = descriptorOf(path, identityOf(path));
  const read = readSync(descriptor, header, 0, HEADER_BYTES, 0);
  if (read === 0) return "empty";
  if (read < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC) return "other";
  const id = header.readInt32BE(APPLICATION_ID_OFFSET);
  if (id !== 0) return id === APPLICATION_ID ? "own" : "foreign";
  const written = header.readUInt16BE(PAGE_SIZE_OFFSET);
  // A table needs a second page.
  return fstatSync(descriptor).size <= (written === 1 ? LARGEST_PAGE : written) ? "unfinished" : "foreign";
}

/**
 * What distinguishes a database from others with the same schema: see `stamp` in open-database.ts.
 * @param identity of the file at this path
 * @returns 0 if it has none, undefined if the file cannot be read
 */
export function stampOf(path: string, identity: string | undefined): number | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    readSync(descriptorOf(path, identity), header, 0, HEADER_BYTES, 0);
    return header.readInt32BE(STAMP_OFFSET);
  } catch {
    return undefined;
  }
}

/** Distinguishes a file from others that had the same path; undefined if there is none. */
export function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

interface OpenFile {
  readonly descriptor: number;
  /** See `identityOf`. */
  readonly identity: string | undefined;
}

/**
 * The files whose headers were read, by path. A descriptor is closed only when its path has another file: closing any descriptor
 * of a file gives up all locks that the process has on it, SQLite's included (sqlite.org/howtocorrupt.html, "Posix advisory
 * locks canceled"), and a program with an older SQLite would then delete the log that is in use.
 */
const openFiles = new Map<string, OpenFile>();

function descriptorOf(path: string, identity: string | undefined): number {
  const known = openFiles.get(path);
  if (known !== undefined && known.identity === identity) return known.descriptor;
  closeDescriptor(path);
  const descriptor = openSync(path, "r");
  openFiles.set(path, { descriptor, identity });
  return descriptor;
}

export function closeDescriptor(path: string): void {
  const known = openFiles.get(path);
  if (known !== undefined) closeSync(known.descriptor);
  openFiles.delete(path);
}
