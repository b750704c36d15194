import type { PostgresSession } from "../connect/connection.ts";

/** The examples of a day, which go first where space is short. */
const EXAMPLE_TABLES = ["sample", "sample_leg", "sample_field", "slow_exchange", "attribute_record"] as const;
/** In the order in which readers lock them. */
export const PARTITIONED_TABLES = ["tally", "latency", "latency_of_all", "accounting", ...EXAMPLE_TABLES] as const;

/** Space in the pages of counters: a count that grows stays in its page, and no index entry is written. */
const SETTINGS: Readonly<Partial<Record<PartitionedTable, string>>> = {
  tally: "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1)",
  latency: "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1)",
  latency_of_all: "WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1)",
  accounting: "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1)",
};

type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

/** The table of a day. */
function partitionOf(table: PartitionedTable, day: number): string {
  return `${table}_${day < 0 ? `before_${-day}` : day}`;
}

/**
 * Creates the tables of days that have none. A table is attached after it was created: `CREATE TABLE … PARTITION OF` would lock the
 * parent, and so every reader out.
 */
export async function createPartitions(
  session: PostgresSession,
  days: Iterable<number>,
  tables: readonly PartitionedTable[] = PARTITIONED_TABLES,
): Promise<void> {
  for (const day of days) {
    for (const table of tables) {
      const name = partitionOf(table, day);
      await session.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL) ${SETTINGS[table] ?? ""}`);
      await session.query(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM (${day}) TO (${day + 1})`);
    }
  }
}

/**
 * Deletes the tables of a day, with all that was counted of it. Must run in a transaction with a short `lock_timeout`: until all
 * readers have let go of the parents, new readers wait.
 */
export async function dropPartitions(session: PostgresSession, day: number): Promise<void> {
  await lockParents(session, PARTITIONED_TABLES);
  await session.query(`DROP TABLE ${PARTITIONED_TABLES.map((table) => partitionOf(table, day)).join(", ")}`);
}

/** Deletes the examples of a day. As `dropPartitions`. */
export async function clearExamples(session: PostgresSession, day: number): Promise<void> {
  await lockParents(session, EXAMPLE_TABLES);
  await session.query(`TRUNCATE ${EXAMPLE_TABLES.map((table) => partitionOf(table, day)).join(", ")}`);
}

async function lockParents(session: PostgresSession, tables: readonly PartitionedTable[]): Promise<void> {
  await session.query(`LOCK TABLE ${tables.map((table) => `ONLY ${table}`).join(", ")} IN ACCESS EXCLUSIVE MODE`);
}

/** The days that have tables. Those of an earlier version get the table that it did not have. */
export async function provideDays(session: PostgresSession): Promise<ReadonlySet<number>> {
  const days = await selectDays(session);
  const incomplete = days.filter(({ hasAttributes }) => !hasAttributes).map(({ day }) => day);
  await createPartitions(session, incomplete, ["attribute_record"]);
  return new Set(days.map(({ day }) => day));
}

interface DayTables {
  readonly day: number;
  readonly hasExamples: boolean;
  readonly hasAttributes: boolean;
}

/** The days that have tables, in ascending order. */
export async function selectDays(session: PostgresSession): Promise<readonly DayTables[]> {
  const { rows } = await session.query<{ readonly bound: string; readonly table: string; readonly bytes: number }>(
    `SELECT pg_get_expr(relpartbound, pg_class.oid) AS bound, inhparent::regclass::text AS "table",
       pg_relation_size(pg_class.oid) AS bytes
     FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
     WHERE inhparent = ANY (ARRAY['tally', 'sample', 'slow_exchange', 'attribute_record']::regclass[])`,
  );
  return [...Map.groupBy(rows, ({ bound }) => bound)]
    .map(([bound, tables]) => ({
      day: Number(/FROM \('?(-?\d+)'?\)/.exec(bound)?.[1]),
      hasExamples: tables.some(({ bytes, table }) => bytes > 0 && !table.endsWith("tally")),
      hasAttributes: tables.some(({ table }) => table.endsWith("attribute_record")),
    }))
    .toSorted((one, other) => one.day - other.day);
}
