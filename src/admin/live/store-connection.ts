import type { StoreReader } from "../../store/store.ts";
import { ApiError } from "../api-error.ts";

/** A shared store reader. It is opened with the first query, and reopened at once after an error of the database. */
export class StoreConnection {
  readonly #open: () => StoreReader;
  #reader: StoreReader | undefined;

  constructor(open: () => StoreReader) {
    this.#open = open;
  }

  /** @throws ApiError `store-unavailable` with the reason if the database cannot be opened or read */
  query<Result>(run: (reader: StoreReader) => Result): Result {
    const known = this.#reader;
    try {
      if (known !== undefined) return run(known);
    } catch (error) {
      if (!isDatabaseError(error)) throw error;
      // The file may have been replaced.
      this.close();
    }
    try {
      this.#reader = this.#open();
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
    "Clients are still served. Make the file of --store readable and writable with free space on its disk, or use another file.",
    { cause: error },
  );
}

/** better-sqlite3 puts the result code of SQLite into `code`. */
function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith("SQLITE_");
}
