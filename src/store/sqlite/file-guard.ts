import { copyFileSync, renameSync, rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { closeDescriptor, identityOf, stampOf } from "./database-header.ts";

/**
 * Watches the files of an open database. SQLite keeps using a file that was deleted or replaced: its writes are lost, and its
 * reads are outdated.
 */
export class FileGuard {
  readonly #path: string;
  readonly #database: string | undefined;
  readonly #log: string | undefined;
  readonly #index: string | undefined;
  readonly #stamp: number | undefined;

  /**
   * @param path of a database that was just opened
   * @param openedFor writing: `detachIfOverwritten` has an effect
   */
  constructor(path: string, openedFor: "reading" | "writing") {
    this.#path = path;
    this.#database = identityOf(path);
    this.#log = identityOf(`${path}-wal`);
    this.#index = identityOf(`${path}-shm`);
    this.#stamp = openedFor === "writing" ? stampOf(path, this.#database) : undefined;
  }

  /**
   * Gives the path another file with the same content if another program has overwritten the opened one in place. SQLite would
   * mix its own pages into it; after this, they end in a file without a name.
   */
  detachIfOverwritten(): void {
    const path = this.#path;
    if (!this.#stamp || !this.#hasDatabase) return;
    const stamp = stampOf(path, this.#database);
    if (stamp === undefined || stamp === this.#stamp) return;
    copyFileSync(path, `${path}.overwritten`);
    renameSync(`${path}.overwritten`, path);
  }

  /**
   * @throws SQLITE_READONLY_DBMOVED once the path no longer refers to the opened file, and SQLITE_IOERR_DELETE_NOENT once it has
   *   another write-ahead log
   */
  check(): void {
    const path = this.#path;
    if (!this.#hasDatabase) {
      throw new Sqlite.SqliteError(`the database ${path} was moved, deleted or replaced`, "SQLITE_READONLY_DBMOVED");
    }
    if (this.#hasLog) return;
    throw new Sqlite.SqliteError(`the write-ahead log ${path}-wal was deleted`, "SQLITE_IOERR_DELETE_NOENT");
  }

  get isIntact(): boolean {
    return this.#hasDatabase && this.#hasLog;
  }

  /**
   * Deletes the log and the index that a database without its file has left behind. SQLite would apply them to the next database
   * under this path (sqlite.org/howtocorrupt.html, "Multiple links to the same file" and "Unlinking or renaming").
   */
  removeLeftovers(): void {
    const path = this.#path;
    if (this.#hasDatabase) return;
    closeDescriptor(path);
    if (this.#log !== undefined && identityOf(`${path}-wal`) === this.#log) rmSync(`${path}-wal`);
    if (this.#index !== undefined && identityOf(`${path}-shm`) === this.#index) rmSync(`${path}-shm`);
  }

  get #hasDatabase(): boolean {
    return identityOf(this.#path) === this.#database;
  }

  get #hasLog(): boolean {
    return this.#log === undefined || identityOf(`${this.#path}-wal`) === this.#log;
  }
}
