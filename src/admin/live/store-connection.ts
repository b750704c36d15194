import { StoreError } from "../../store/store-errors.ts";
import type { StoreReader } from "../../store/store.ts";
import { ApiError, STORE_REMEDY } from "../api-error.ts";

/** An open reader. It is closed when it is retired and its last query has ended. */
interface SharedReader {
  readonly reader: StoreReader;
  queries: number;
  state: "open" | "retired" | "closed";
}

/** A shared store reader. It is opened with the first query, and reopened at once after an error of the database. */
export class StoreConnection {
  readonly #open: () => Promise<StoreReader>;
  #current: Promise<SharedReader> | undefined;

  constructor(open: () => Promise<StoreReader>) {
    this.#open = open;
  }

  /**
   * @param run is called again with another reader after an error of the database
   * @throws ApiError `store-unavailable` with the reason if the database cannot be opened or read
   */
  async query<Result>(run: (reader: StoreReader) => Promise<Result>): Promise<Result> {
    const known = this.#current;
    if (known !== undefined) {
      try {
        return await this.#use(known, run);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        // The database may have been replaced.
      }
    }
    try {
      return await this.#use(this.#current ?? this.#openShared(), run);
    } catch (error) {
      throw error instanceof StoreError ? unavailable(error) : error;
    }
  }

  /** Closes the reader after its queries. The next query opens the store again, which can be another one by then. */
  async close(): Promise<void> {
    if (this.#current !== undefined) await this.#retire(this.#current);
  }

  #openShared(): Promise<SharedReader> {
    const opening = this.#openReader();
    this.#current = opening;
    opening.catch(() => {
      if (this.#current === opening) this.#current = undefined;
    });
    return opening;
  }

  async #openReader(): Promise<SharedReader> {
    try {
      return { reader: await this.#open(), queries: 0, state: "open" };
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #use<Result>(opening: Promise<SharedReader>, run: (reader: StoreReader) => Promise<Result>): Promise<Result> {
    const shared = await opening;
    shared.queries += 1;
    try {
      return await run(shared.reader);
    } catch (error) {
      if (error instanceof StoreError) void this.#retire(opening);
      throw error;
    } finally {
      shared.queries -= 1;
      await closeUnused(shared);
    }
  }

  async #retire(opening: Promise<SharedReader>): Promise<void> {
    if (this.#current === opening) this.#current = undefined;
    const shared = await opening.catch(() => undefined);
    if (shared === undefined || shared.state === "closed") return;
    shared.state = "retired";
    await closeUnused(shared);
  }
}

async function closeUnused(shared: SharedReader): Promise<void> {
  if (shared.state !== "retired" || shared.queries > 0) return;
  shared.state = "closed";
  // An error of a database that is not used any longer says nothing new.
  await shared.reader.close().catch(() => undefined);
}

function unavailable(error: unknown): ApiError {
  return new ApiError(
    "store-unavailable",
    `The store cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    `Clients are still served. ${STORE_REMEDY}`,
    { cause: error },
  );
}
