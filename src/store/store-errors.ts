/** The database cannot be used: it is missing, locked, full, damaged or cannot be reached. Not a defect of shadowdiff. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** The database rejects the data, and would do so again. All other errors can be temporary. */
export class StoreDataError extends StoreError {
  override readonly name = "StoreDataError";
}

/** The database was replaced: what was committed to it is lost. */
export class StoreLostError extends StoreError {
  override readonly name = "StoreLostError";
}

/** The code of an error that says that another replica has ended the run. The database works. */
export const RUN_CHANGED = "RUN_CHANGED";

export function isRunChanged(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === RUN_CHANGED;
}
