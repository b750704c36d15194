import type { PostgresSession } from "../connect/connection.ts";

/**
 * Number of batch ids of a replica that are remembered to detect a second delivery. Its threads have at most 512 unacknowledged
 * batches each, so this covers hundreds of threads. A number, unlike an age, depends neither on the clock nor on how long the
 * database was unavailable.
 */
const REMEMBERED_BATCHES = 100_000;
/** A replica that is gone delivers no batch again; also one whose process was stopped for a while does not after so long. */
const BATCHES_OF_GONE_HOURS = 24;
/** Where replicas are replaced every minute, the oldest ones go before their time. */
const MAX_GONE_REPLICAS = 1_000;

export async function trimBatches(session: PostgresSession): Promise<void> {
  await session.query(
    `DELETE FROM batch USING replica WHERE replica_key = replica.key AND (sequence <= last_sequence - $1
       OR coalesce(ended_at, lost_at) < now() - make_interval(hours => $2))`,
    [REMEMBERED_BATCHES, BATCHES_OF_GONE_HOURS],
  );
}

/** Removes replicas that are gone for so long that nothing of their time is left. @param keptSince Unix milliseconds */
export async function removeGoneReplicas(session: PostgresSession, keptSince: number): Promise<void> {
  await session.query(
    `DELETE FROM replica WHERE key IN (
       SELECT key FROM (
         SELECT key, coalesce(ended_at, lost_at) AS gone_at, row_number() OVER (ORDER BY coalesce(ended_at, lost_at) DESC) AS number
         FROM replica WHERE coalesce(ended_at, lost_at) IS NOT NULL
       ) AS gone
       WHERE (gone_at < to_timestamp($1 / 1000.0) OR number > $2)
         AND NOT EXISTS (SELECT 1 FROM entry WHERE replica_key = key))`,
    [keptSince, MAX_GONE_REPLICAS],
  );
}

/** Removes marks and isolations. @param keptSince Unix milliseconds */
export async function removeOldEvents(session: PostgresSession, keptSince: number): Promise<void> {
  await session.query("DELETE FROM mark WHERE at < $1", [keptSince]);
  await session.query("DELETE FROM isolation WHERE started_at < $1", [keptSince]);
}

const COUNTS_OF_RUN = ["tally", "latency", "accounting", "sample", "entry"];
const ROWS_OF_RUN =
  "endpoint outcome_set tally_total parameter_counts relation status_pair failure rule_hit feature block recent_blocks latency_total attribute_stratum attribute_template".split(
    " ",
  );

/**
 * Removes runs that have ended and of which nothing is left. The current run stays.
 * @param keptSince younger runs stay; Unix milliseconds
 * @returns whether a run was removed
 */
export async function removeOldRuns(session: PostgresSession, keptSince: number): Promise<boolean> {
  const isCurrent = "run.key IS NOT DISTINCT FROM (SELECT current_run_key FROM shared_state)";
  const isEmpty = COUNTS_OF_RUN.map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE run_key = run.key)`);
  const { rows } = await session.query<{ readonly key: number }>(
    `SELECT key FROM run WHERE started_at < $1 AND ended_at IS NOT NULL AND NOT ${isCurrent} AND ${isEmpty.join(" AND ")}`,
    [keptSince],
  );
  const keys = rows.map(({ key }) => key);
  if (keys.length === 0) return false;
  for (const table of ROWS_OF_RUN) await session.query(`DELETE FROM ${table} WHERE run_key = ANY ($1)`, [keys]);
  await session.query("DELETE FROM run WHERE key = ANY ($1)", [keys]);
  return true;
}
