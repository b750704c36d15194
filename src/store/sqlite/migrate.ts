import { fileURLToPath } from "node:url";
import type { Database } from "better-sqlite3";
import { missingMigration, pendingMigrations, readMigration, type Migration } from "../migration-files.ts";
import { APPLICATION_ID } from "./database-header.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations/sqlite/", import.meta.url));
export const NOT_OWN = "it is not a shadowdiff database";

/**
 * Applies the migrations that are missing: the SQL files of the folder in order, each in its own transaction.
 * @throws Error if an applied migration has changed or is unknown to this version
 */
export function migrate(db: Database, folder = MIGRATIONS): void {
  db.exec(
    "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
  );
  const insert = db.prepare("INSERT INTO migration (name, sha256, applied_at) VALUES (?, ?, ?)");
  const applyNext = db.transaction((): boolean => {
    // Read under the write lock, because another process could be migrating the same file.
    const next = pendingIn(db, folder)[0];
    if (next === undefined) return false;
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.exec(readMigration(folder, next));
    insert.run(next.name, next.sha256, Date.now());
    return true;
  });
  while (applyNext.immediate());
}

/** @throws Error if an applied migration has changed or is unknown to this version */
export function assertKnownMigrations(db: Database, folder = MIGRATIONS): void {
  pendingIn(db, folder);
}

/**
 * Checks that a read-only database has the schema of this version.
 * @throws Error that describes the problem and the remedy
 */
export function assertMigrated(db: Database, folder = MIGRATIONS): void {
  if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID)
    throw new Error("it is empty: no run has been stored yet");
  const next = pendingIn(db, folder)[0];
  if (next !== undefined) throw missingMigration(next);
}

/** @throws Error if the file is a database of another program */
export function assertOwnDatabase(db: Database): void {
  const id = db.pragma("application_id", { simple: true });
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (id !== APPLICATION_ID && (id !== 0 || tables !== 0)) throw new Error(NOT_OWN);
}

/** The migrations that are not applied yet, in order. */
function pendingIn(db: Database, folder: string): readonly Migration[] {
  const applied = db.prepare<[], Migration>("SELECT name, sha256 FROM migration ORDER BY name").all();
  return pendingMigrations(folder, applied, "another file");
}
