import { StoreDataError, StoreError, StoreLostError } from "../store-errors.ts";

/** The result codes of SQLite about rows, which the same rows always have. */
const DATA_ERROR = /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/;
/** See `FileGuard`; SQLite also finds it out itself. */
const MOVED = "SQLITE_READONLY_DBMOVED";

/** The same error for the users of a store; errors that are not of SQLite, such as defects, stay as they are. */
export function toStoreError(error: unknown): unknown {
  const code = codeOf(error);
  if (!(error instanceof Error) || !code.startsWith("SQLITE_")) return error;
  const Kind = code === MOVED ? StoreLostError : StoreError;
  return new Kind(error.message, { cause: error });
}

/** Like `toStoreError`, and tells whether SQLite, or its binding, has rejected the data of a batch. */
export function toCommitError(error: unknown): unknown {
  const isRejected = DATA_ERROR.test(codeOf(error)) || error instanceof TypeError || error instanceof RangeError;
  return isRejected ? new StoreDataError((error as Error).message, { cause: error }) : toStoreError(error);
}

/** better-sqlite3 puts the result code of SQLite into `code`. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}
