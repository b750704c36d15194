import { randomInt } from "node:crypto";
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Sqlite, { type Database } from "better-sqlite3";
import { fileKindOf } from "./database-header.ts";
import { assertKnownMigrations, assertMigrated, assertOwnDatabase, migrate, NOT_OWN } from "./migrate.ts";

/** How long a statement waits for the lock of another process before it fails with SQLITE_BUSY. */
const BUSY_TIMEOUT_MS = 2_000;
const NOT_A_DATABASE = "it is not an SQLite database";
const IS_DIRECTORY = "it is a directory";
const MAX_STAMP = 2 ** 31 - 1;
/** A checkpoint truncates the write-ahead log to this size, which comes on top of the size limit of the retention. */
const MAX_IDLE_LOG_BYTES = 8 * 1024 * 1024;

/**
 * Opens a database for writing and migrates its schema. A missing file is created, readable only by its owner.
 *
 * Several processes can write to one file, each to its own run. SQLite allows one writer at a time; the others wait up to the
 * busy timeout and then retry with the next commit.
 * @throws Error with a message that names the file and the problem
 */
export function openForWriting(path: string, migrations?: string): Database {
  return withPathInErrors(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite creates the -wal and -shm files with the mode of the database.
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    assertWritableByThisVersion(path, migrations);
    return prepareOrClose(new Sqlite(path, { timeout: BUSY_TIMEOUT_MS }), (db) => {
      assertOwnDatabase(db);
      // auto_vacuum takes effect only in an empty file, and only before the switch to WAL.
      db.pragma("auto_vacuum = INCREMENTAL");
      db.pragma("journal_mode = WAL");
      // With FULL an acknowledged batch survives a power failure; with NORMAL only a killed process. The price is one sync per
      // commit, four times a second, on a thread that no request waits for.
      db.pragma("synchronous = FULL");
      db.pragma("foreign_keys = ON");
      db.pragma(`journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
      migrate(db, migrations);
      stamp(db);
    });
  });
}

/**
 * Opens a database for reading, alongside a process that writes to it.
 * @throws Error with a message that names the file and the problem
 */
export function openForReading(path: string, migrations?: string): Database {
  return withPathInErrors(path, () => {
    if (!existsSync(path)) throw new Error("the file does not exist; serve creates it on start");
    // SQLite calls it an I/O error.
    if (statSync(path).isDirectory()) throw new Error(IS_DIRECTORY);
    return prepareOrClose(new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }), (db) => {
      assertOwnDatabase(db);
      assertMigrated(db, migrations);
    });
  });
}

/**
 * Checks a file before it is opened for writing: SQLite would move what it finds in a write-ahead log into the file.
 * @throws Error if it belongs to another program or to a newer version
 */
function assertWritableByThisVersion(path: string, migrations: string | undefined): void {
  switch (fileKindOf(path)) {
    case "empty":
      return undefined;
    case "unfinished":
      return assertOwnLogs(path);
    case "other":
      throw new Error(NOT_A_DATABASE);
    case "foreign":
      throw new Error(NOT_OWN);
    case "own":
      return withDatabase(path, { readonly: true, timeout: BUSY_TIMEOUT_MS }, (db) =>
        assertKnownMigrations(db, migrations),
      );
  }
}

/** A file without tables can have some in its log, which SQLite shows only when it has moved them: into a copy. */
function assertOwnLogs(path: string): void {
  const logs = ["-wal", "-journal"].filter((name) => existsSync(`${path}${name}`));
  if (logs.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-check-"));
  try {
    const copy = join(folder, "copy.db");
    copyFileSync(path, copy);
    for (const name of logs) copyFileSync(`${path}${name}`, `${copy}${name}`);
    withDatabase(copy, {}, assertOwnDatabase);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function withDatabase(path: string, options: Sqlite.Options, use: (db: Database) => void): void {
  prepareOrClose(new Sqlite(path, options), use).close();
}

/** Gives a database a random number, by which a `FileGuard` notices that its file was overwritten with another one. */
function stamp(db: Database): void {
  const setOnce = db.transaction((): void => {
    if (db.pragma("user_version", { simple: true }) === 0) db.pragma(`user_version = ${randomInt(1, MAX_STAMP)}`);
  });
  setOnce.immediate();
  // Into the file itself, which so far may be empty.
  db.pragma("wal_checkpoint(PASSIVE)");
}

function prepareOrClose(db: Database, prepare: (db: Database) => void): Database {
  try {
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function withPathInErrors(path: string, open: () => Database): Database {
  try {
    return open();
  } catch (error) {
    throw new Error(`cannot open the database ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** By result code of SQLite or the system, what a person can act on. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_NOTADB/, NOT_A_DATABASE],
  [/^(?:SQLITE_BUSY|SQLITE_LOCKED|SQLITE_PROTOCOL)/, "another program has locked it"],
  [/^(?:SQLITE_FULL|ENOSPC|EDQUOT)/, "the disk is full"],
  [/^(?:SQLITE_READONLY|EROFS)/, "the file, or the file system, is read-only"],
  [/^(?:SQLITE_PERM|EACCES|EPERM)/, "permission denied"],
  [/^SQLITE_CORRUPT/, "the database is damaged"],
  [/^EISDIR/, IS_DIRECTORY],
  [/^(?:ENOTDIR|EEXIST)/, "a part of its path is not a directory"],
];

function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  const known = REASONS.find(([pattern]) => pattern.test(String(code)));
  return known?.[1] ?? (error instanceof Error ? error.message : String(error));
}
