import { statSync } from "node:fs";
import Sqlite from "better-sqlite3";

/**
 * SQLite goes on with a file that was deleted or replaced under it: what it writes then is lost, what it reads is old.
 * @param path of the database that has just been opened
 * @returns a check that throws SQLITE_READONLY_DBMOVED once the path means another file, or none
 */
export function createFileGuard(path: string): () => void {
  const opened = identityOf(path);
  return () => {
    if (identityOf(path) === opened) return;
    throw new Sqlite.SqliteError(`the database ${path} was moved, deleted or replaced`, "SQLITE_READONLY_DBMOVED");
  };
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}
