import type { StoreLocation } from "../../model/store/store-location.ts";
import type { StoreReader } from "../../store/store.ts";

/** @throws with the store thread's error if there is one: it explains why the store cannot be opened */
export async function openStore(location: StoreLocation, storeError: string | null): Promise<StoreReader> {
  const { openReader } = await import("../../store/open-reader.ts");
  try {
    return await openReader(location);
  } catch (error) {
    throw storeError === null ? error : new Error(storeError, { cause: error });
  }
}
