import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingMigration, pendingMigrations, readMigration, type Migration } from "../migration-files.ts";
import type { PostgresSession } from "./connect/connection.ts";
import { PostgresError } from "./connect/postgres-error.ts";
import { inTransaction } from "./connect/transaction.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations/postgres/", import.meta.url));
const MIGRATION_COLUMNS = "name,sha256,applied_at";
/** Of the advisory lock that migrations hold; with the schema, it is one lock per store. */
const LOCK = 7_301_001;

/**
 * Applies the migrations that are missing, in one transaction. Of several replicas that start at once, one applies them and the
 * others wait. Creates the schema of the URL if it does not exist.
 * @param session with a long statement timeout, because a migration of a large store takes its time
 * @throws {PostgresError} if an applied migration has changed or is unknown to this version, if the schema has tables of another
 *   program, or if the user may not create tables
 */
export async function migratePostgres(
  session: PostgresSession,
  schema: string | undefined,
  folder = MIGRATIONS,
): Promise<void> {
  if (await isPostgresMigrated(session, folder)) return;
  await inTransaction(session, async () => {
    await session.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [LOCK, schema ?? ""]);
    if (schema !== undefined) await createSchema(session, schema);
    if (!(await hasOwnTables(session))) await createMigrationTable(session, folder);
    for (const migration of await pendingIn(session, folder)) {
      await session.query(readMigration(folder, migration));
      await session.query("INSERT INTO migration (name, sha256) VALUES ($1, $2)", [migration.name, migration.sha256]);
    }
  });
}

/**
 * Whether no migration is missing.
 * @throws {PostgresError} see `migratePostgres`
 */
export async function isPostgresMigrated(session: PostgresSession, folder = MIGRATIONS): Promise<boolean> {
  return (await hasOwnTables(session)) && (await pendingIn(session, folder)).length === 0;
}

/**
 * Checks that a database has the schema of this version.
 * @throws {PostgresError} that describes the problem and the remedy
 */
export async function assertPostgresMigrated(session: PostgresSession, folder = MIGRATIONS): Promise<void> {
  if (!(await hasOwnTables(session))) throw refused("it is empty: no run has been stored yet");
  const [next] = await pendingIn(session, folder);
  if (next !== undefined) throw refused(missingMigration(next).message);
}

/** Not IF NOT EXISTS: that needs the right to create schemas even if it exists. */
async function createSchema(session: PostgresSession, schema: string): Promise<void> {
  const { rowCount } = await session.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (rowCount === 0) await session.query(`CREATE SCHEMA ${session.escapeIdentifier(schema)}`);
}

/** @throws {PostgresError} if the table of migrations is that of another program */
async function hasOwnTables(session: PostgresSession): Promise<boolean> {
  const { rows } = await session.query<{ columns: string | null }>(
    `SELECT string_agg(attname, ',' ORDER BY attnum) AS columns FROM pg_attribute
     WHERE attrelid = to_regclass(quote_ident(current_schema()) || '.migration') AND attnum > 0 AND NOT attisdropped`,
  );
  const columns = rows[0]?.columns ?? null;
  if (columns !== null && columns !== MIGRATION_COLUMNS) throw foreign(["migration"]);
  return columns !== null;
}

async function createMigrationTable(session: PostgresSession, folder: string): Promise<void> {
  const { rows } = await session.query<{ schema: string | null; tables: readonly string[] | null }>(
    `SELECT current_schema() AS schema, array_agg(relname::text ORDER BY relname) AS tables FROM pg_class
     WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relname = ANY($1)`,
    [tablesOf(folder)],
  );
  const { schema = null, tables = null } = rows[0] ?? {};
  if (schema === null) {
    throw refused("its search path has no schema that exists; name one in the URL with ?schema=NAME");
  }
  if (tables !== null) throw foreign(tables);
  await session.query(
    "CREATE TABLE migration (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
  );
}

/** The names of the tables that the migrations create. */
function tablesOf(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const statements = files.map((name) => readFileSync(join(folder, name), "utf8"));
  return statements.flatMap((text) => [...text.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name = ""]) => name));
}

async function pendingIn(session: PostgresSession, folder: string): Promise<readonly Migration[]> {
  const { rows } = await session.query<Migration>("SELECT name, sha256 FROM migration ORDER BY name");
  try {
    return pendingMigrations(folder, rows, "another database or schema");
  } catch (error) {
    throw refused((error as Error).message);
  }
}

function foreign(tables: readonly string[]): PostgresError {
  return refused(
    `its schema has tables of another program (${tables.join(", ")}); name another one in the URL with ?schema=NAME`,
  );
}

function refused(message: string): PostgresError {
  return new PostgresError(message, "configuration", "");
}
