import { settlesWithin } from "../../../lib/settles-within.ts";
import type { PostgresSession } from "./connection.ts";
import { toPostgresError } from "./postgres-error.ts";

const ROLLBACK_TIMEOUT_MS = 1_000;

/**
 * Runs work in a transaction. After a failure because of the data, the session stays usable. After any other one, close it: whether
 * the transaction has taken effect is unknown if the answer to its COMMIT was lost.
 * @throws {PostgresError} for every failure
 */
export async function inTransaction<Result>(session: PostgresSession, work: () => Promise<Result>): Promise<Result> {
  try {
    await session.query("BEGIN");
    const result = await work();
    await session.query("COMMIT");
    return result;
  } catch (error) {
    const rollback = session.query("ROLLBACK").then(
      () => undefined,
      () => undefined,
    );
    await settlesWithin(ROLLBACK_TIMEOUT_MS, rollback);
    throw toPostgresError(error);
  }
}
