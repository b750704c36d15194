import type { PostgresLocation } from "../../../model/store/store-location.ts";
import { QueryReader } from "../../reading/query-reader.ts";
import type { StoreReader } from "../../store.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { PostgresError } from "../connect/postgres-error.ts";
import { SessionPool } from "../connect/session-pool.ts";
import { assertPostgresMigrated } from "../migrate-postgres.ts";
import { PostgresQueries } from "./postgres-queries.ts";
import { ReadCaches } from "./read-caches.ts";

/** Several people look at the dashboard at once. */
const SESSIONS = 4;

/**
 * Tables whose days retention drops, also from snapshots that began earlier: only retention waits for these locks. To
 * lock takes no snapshot yet.
 */
const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  LOCK TABLE ONLY tally, ONLY latency, ONLY latency_of_all, ONLY accounting, ONLY sample, ONLY sample_leg, ONLY sample_field,
    ONLY slow_exchange IN ACCESS SHARE MODE`;

export interface PostgresReaderOptions {
  /** What the database shows of the sessions. */
  readonly applicationName: string;
  /** Folder of SQL files; default: the migrations of this version. */
  readonly migrations?: string | undefined;
}

/**
 * Opens a database for reports and the dashboard. Each query, and each snapshot, sees the merges that are committed when it begins.
 * @throws {PostgresError} if it cannot be reached, or has another schema version
 */
export async function openPostgresReader(
  location: PostgresLocation,
  { applicationName, migrations }: PostgresReaderOptions,
): Promise<StoreReader> {
  const pool = new SessionPool(location, { applicationName, access: "read", size: SESSIONS });
  try {
    await pool.use((session) => assertPostgresMigrated(session, migrations));
  } catch (error) {
    pool.close();
    throw error;
  }
  const caches = new ReadCaches();
  const perform = <Result>(read: (queries: PostgresQueries) => Result | Promise<Result>): Promise<Result> =>
    readOn(pool, (session) => read(new PostgresQueries(session, caches)));
  return new QueryReader({
    perform,
    snapshot: (read) =>
      perform((queries) => {
        const bound: StoreReader = new QueryReader({
          perform: async (work) => work(queries),
          snapshot: (nested) => nested(bound),
          close: () => Promise.resolve(),
        });
        return read(bound);
      }),
    close: () => Promise.resolve(pool.close()),
  });
}

/** Reads on one snapshot of the database. An error that is not of the database leaves the session as it was. */
async function readOn<Result>(
  pool: SessionPool,
  read: (session: PostgresSession) => Result | Promise<Result>,
): Promise<Result> {
  const outcome = await pool.use(async (session) => {
    await session.query(BEGIN);
    const settled = await Promise.resolve(read(session)).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    if ("error" in settled && settled.error instanceof PostgresError) throw settled.error;
    await session.query("COMMIT");
    return settled;
  });
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}
