import { resolve } from "node:path";
import type { StoreLocation } from "../model/store/store-location.ts";
import { openSqliteWriter } from "./sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "./store.ts";

/** Opens the writer of a store, and creates the store if it does not exist. */
export async function openWriter(
  location: StoreLocation,
  options: Parameters<typeof openSqliteWriter>[1],
): Promise<StoreWriter> {
  if (location.engine === "sqlite") return openSqliteWriter(resolve(location.path), options);
  throw new Error("results cannot be stored in PostgreSQL yet");
}
