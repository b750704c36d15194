import type { StoreReader } from "../../store/store.ts";
import { ApiError } from "../api-error.ts";

/** A shared store reader. It is opened with the first query, and reopened after an error of the database. */
export class StoreConnection {
  readonly #open: () => StoreReader;
  #reader: StoreReader | undefined;

  constructor(open: () => StoreReader) {
    this.#open = open;
  }

  /** @throws ApiError `store-unavailable` with the reason if the database cannot be opened or read */
  query<Result>(run: (reader: StoreReader) => Result): Result {
    try {
      this.#reader ??= this.#open();
    } catch (error) {
      throw unavailable(error);
    }
    try {
      return run(this.#reader);
    } catch (error) {
      if (!isDatabaseError(error)) throw error;
      this.close();
      throw unavailable(error);
    }
  }

  /** Closes the reader. The next query opens the path again, which can be another file by then. */
  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}

function unavailable(error: unknown): ApiError {
  return new ApiError(
    "store-unavailable",
    `The store cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    "Clients are still served. Make the path of --store readable and writable, and free space on its disk.",
    { cause: error },
  );
}

/** better-sqlite3 puts the result code of SQLite into `code`. */
function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith("SQLITE_");
}
