import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite, { type Database } from "better-sqlite3";
import { assertMigrated, assertOwnDatabase, migrate } from "./migrate.ts";

/** How long a statement waits for the lock of another process before it fails with SQLITE_BUSY. */
const BUSY_TIMEOUT_MS = 2_000;
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
    return prepareOrClose(new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }), (db) => {
      assertOwnDatabase(db);
      assertMigrated(db, migrations);
    });
  });
}

/**
 * SQLite keeps using a file that was deleted or replaced: its writes are lost, and its reads are outdated.
 * @param path of a database that was just opened
 * @returns a check that throws SQLITE_READONLY_DBMOVED once `path` no longer refers to the opened file
 */
export function createFileGuard(path: string): () => void {
  const opened = fileIdentity(path);
  return () => {
    if (fileIdentity(path) === opened) return;
    throw new Sqlite.SqliteError(`the database ${path} was moved, deleted or replaced`, "SQLITE_READONLY_DBMOVED");
  };
}

function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
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

function reasonOf(error: unknown): string {
  if (error instanceof Sqlite.SqliteError && error.code === "SQLITE_NOTADB") return "it is not an SQLite database";
  return error instanceof Error ? error.message : String(error);
}
