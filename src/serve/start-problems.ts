import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../model/config.ts";
import type { StoreReader } from "../store/store.ts";

/** @throws with the store thread's error if there is one: it explains why the store cannot be opened */
export async function openStore({ store }: Config, storeError: string | null): Promise<StoreReader> {
  const { openReader } = await import("../store/open-reader.ts");
  try {
    return await openReader(store.location);
  } catch (error) {
    throw storeError === null ? error : new Error(storeError, { cause: error });
  }
}

export function storeRequiredError(message: string): ConfigError {
  const allowed = "a store that can be written, or no --store-required: then clients are served, and nothing is stored";
  return new ConfigError([{ place: "--store-required", field: "", message, allowed }]);
}
