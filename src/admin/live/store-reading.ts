import type { StoreReader } from "../../store/store.ts";
import { ApiError } from "../api-error.ts";

/** One open reader for all questions, opened when the first is asked and again after the database failed. */
export class StoreReading {
  readonly #open: () => StoreReader;
  #reader: StoreReader | undefined;

  constructor(open: () => StoreReader) {
    this.#open = open;
  }

  /**
   * Asks the store something.
   * @throws ApiError `store-unavailable` with the reason when it cannot be opened or read
   */
  ask<Answer>(question: (reader: StoreReader) => Answer): Answer {
    try {
      this.#reader ??= this.#open();
    } catch (error) {
      throw unavailable(error);
    }
    try {
      return question(this.#reader);
    } catch (error) {
      if (!isDatabaseError(error)) throw error;
      this.close();
      throw unavailable(error);
    }
  }

  /** The next question opens the database anew: it may be another file under the same name. */
  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}

function unavailable(error: unknown): ApiError {
  return new ApiError(
    "store-unavailable",
    `The store cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    "Clients are served as before. Make the path of --store readable and writable, and free space on its disk.",
    { cause: error },
  );
}

/** better-sqlite3 marks what SQLite reports with its result code. */
function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith("SQLITE_");
}
