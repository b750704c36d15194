import { packageVersion } from "../../lib/versions.ts";
import type { PostgresLocation } from "../../model/store/store-location.ts";
import { closeSession, openSession, type PostgresSession } from "../postgres/connect/connection.ts";
import { assertPostgresMigrated, migratePostgres } from "../postgres/migrate-postgres.ts";

/** A database into which runs are copied. */
export interface CopyTarget {
  readonly session: PostgresSession;
  /** It has no tables yet, which a rehearsal does not create. */
  readonly isEmpty: boolean;
}

/**
 * Connects to a database and creates its tables, or those that are missing.
 * @param isRehearsal nothing is created
 * @throws {PostgresError} if it cannot be reached or written, or was written by a newer version; in a rehearsal also an older one
 */
export async function openTarget(location: PostgresLocation, isRehearsal: boolean): Promise<CopyTarget> {
  const applicationName = `shadowdiff ${packageVersion()} migrate-store`;
  // A large chunk, or a wait for a merge, takes its time.
  const session = await openSession(location, { applicationName, access: "write", statementTimeoutMs: 0 });
  try {
    const isEmpty = isRehearsal && (await hasNoTables(session));
    if (!isRehearsal) await migratePostgres(session, location.schema);
    else if (!isEmpty) await assertPostgresMigrated(session);
    return { session, isEmpty };
  } catch (error) {
    closeSession(session);
    throw error;
  }
}

async function hasNoTables(session: PostgresSession): Promise<boolean> {
  const { rows } = await session.query<{ readonly isEmpty: boolean }>(
    `SELECT to_regclass(quote_ident(current_schema()) || '.migration') IS NULL AS "isEmpty"`,
  );
  return rows[0]?.isEmpty === true;
}
