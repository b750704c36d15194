import type { Database } from "better-sqlite3";
import { openForReading } from "../sqlite/open-database.ts";
import { toStoreError } from "../sqlite/sqlite-errors.ts";
import { DAYS_OF_RUN, type CopiedRow } from "./copied-tables.ts";

/** A run as its row in the file, without its key. */
export type SourceRun = CopiedRow & { readonly id: string; readonly name: string };

/** A SQLite file that is copied, as it is when it is opened: a process that writes to it changes nothing of what is read. */
export class SourceFile {
  readonly #db: Database;

  /** @throws Error if the file cannot be opened, or was written by another version; the message names it */
  constructor(path: string) {
    this.#db = openForReading(path);
    this.#db.exec("BEGIN");
  }

  /** Oldest first, by key. */
  runs(): ReadonlyMap<number, SourceRun> {
    const runs = new Map<number, SourceRun>();
    for (const { key, ...run } of this.rows("SELECT * FROM run ORDER BY started_at, id"))
      runs.set(Number(key), run as SourceRun);
    return runs;
  }

  days(run: number): readonly number[] {
    return [...this.rows(DAYS_OF_RUN, run)].map(({ day }) => Number(day));
  }

  /**
   * Reads rows one by one. Until the last one is read, nothing else can be.
   * @param run its key, for `@run`
   * @throws StoreError if the file cannot be read
   */
  *rows(select: string, run?: number): Generator<CopiedRow, undefined> {
    try {
      yield* this.#db.prepare<unknown[], CopiedRow>(select).iterate(...(run === undefined ? [] : [{ run }]));
    } catch (error) {
      throw toStoreError(error);
    }
    return undefined;
  }

  close(): void {
    this.#db.close();
  }
}
