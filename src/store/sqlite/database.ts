import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite, { type Database } from "better-sqlite3";
import { checkMigrated, migrate, refuseStrangers } from "./migrate.ts";

/** How long a statement waits for another process before it fails with SQLITE_BUSY. */
const BUSY_TIMEOUT_MS = 2_000;
/** The write-ahead log shrinks to this after a checkpoint; it comes on top of the size that retention keeps. */
const MAX_IDLE_LOG_BYTES = 8 * 1024 * 1024;

/**
 * Opens a database for writing and brings its schema up to date; makes it when it is not there, for the owner's eyes only.
 *
 * Several processes may write to one file (each has its own run): a write-ahead log takes one writer at a time, the
 * others wait up to the busy timeout and then try again with the next commit.
 * @throws Error that names the path and says what is wrong
 */
export function openForWriting(path: string, migrations?: string): Database {
  return named(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite gives its -wal and -shm files the mode of the database.
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    return prepared(new Sqlite(path, { timeout: BUSY_TIMEOUT_MS }), (db) => {
      refuseStrangers(db);
      // Both take effect in an empty file only, and before the log is switched on.
      db.pragma("auto_vacuum = INCREMENTAL");
      db.pragma("journal_mode = WAL");
      // One sync per commit, four times a second, on a thread that nobody waits for, buys that an acknowledged batch
      // survives the loss of power; NORMAL would keep it through kill -9 only.
      db.pragma("synchronous = FULL");
      db.pragma("foreign_keys = ON");
      db.pragma(`journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
      migrate(db, migrations);
    });
  });
}

/**
 * Opens a database for reading; a writer may go on beside it.
 * @throws Error that names the path and says what is wrong
 */
export function openForReading(path: string, migrations?: string): Database {
  return named(path, () => {
    if (!existsSync(path)) throw new Error("there is no such file; serve makes it when it starts");
    return prepared(new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }), (db) => {
      refuseStrangers(db);
      checkMigrated(db, migrations);
    });
  });
}

function prepared(db: Database, prepare: (db: Database) => void): Database {
  try {
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function named(path: string, open: () => Database): Database {
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
