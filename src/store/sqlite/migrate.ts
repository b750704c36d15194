import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Database } from "better-sqlite3";
import { APPLICATION_ID } from "./database-header.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations/sqlite/", import.meta.url));
export const NOT_OWN = "it is not a shadowdiff database";
const MIGRATION_NAME = /^\d{3}_\w+\.sql$/;

interface Migration {
  readonly name: string;
  readonly sha256: string;
}

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
    const next = pendingMigrations(db, folder)[0];
    if (next === undefined) return false;
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.exec(readFileSync(`${folder}/${next.name}`, "utf8"));
    insert.run(next.name, next.sha256, Date.now());
    return true;
  });
  while (applyNext.immediate());
}

/** @throws Error if an applied migration has changed or is unknown to this version */
export function assertKnownMigrations(db: Database, folder = MIGRATIONS): void {
  pendingMigrations(db, folder);
}

/**
 * Checks that a read-only database has the schema of this version.
 * @throws Error that describes the problem and the remedy
 */
export function assertMigrated(db: Database, folder = MIGRATIONS): void {
  if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID)
    throw new Error("it is empty: no run has been stored yet");
  const next = pendingMigrations(db, folder)[0];
  if (next !== undefined) {
    throw new Error(
      `it was created by an older version of shadowdiff (the migration ${next.name} is missing); run serve with it once to upgrade it`,
    );
  }
}

/** @throws Error if the file is a database of another program */
export function assertOwnDatabase(db: Database): void {
  const id = db.pragma("application_id", { simple: true });
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (id !== APPLICATION_ID && (id !== 0 || tables !== 0)) throw new Error(NOT_OWN);
}

/** The migrations that are not applied yet, in order. */
function pendingMigrations(db: Database, folder: string): Migration[] {
  const known = migrationsIn(folder);
  const applied = db.prepare<[], Migration>("SELECT name, sha256 FROM migration ORDER BY name").all();
  for (const { name, sha256 } of applied) {
    const file = known.find((migration) => migration.name === name);
    if (file === undefined) {
      throw new Error(
        `it was created by a newer version of shadowdiff (it has the migration ${name}); use that version or another file`,
      );
    }
    if (file.sha256 !== sha256) {
      throw new Error(
        `the migration ${name} was changed after it was applied; restore ${folder}${name} or use another file`,
      );
    }
  }
  return known.filter(({ name }) => !applied.some((migration) => migration.name === name));
}

function migrationsIn(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => MIGRATION_NAME.test(name))
    .toSorted()
    .map((name) => ({
      name,
      sha256: createHash("sha256")
        .update(readFileSync(`${folder}/${name}`))
        .digest("hex"),
    }));
}
