import type { RetentionLimits } from "../../store-writer-options.ts";
import { SLOTS_PER_MINUTE } from "../../../lib/time-slots.ts";
import { packRecentBlocks, unpackRecentBlocks } from "../../packing/recent-blocks.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { dayOf, firstMinuteOf } from "./days.ts";
import { removeGoneReplicas, removeOldEvents, removeOldRuns, trimBatches } from "./old-rows.ts";
import { clearAttributes, measureAttributes } from "./old-attributes.ts";
import { clearExamples, dropPartitions, PARTITIONED_TABLES, selectDays } from "./partitions.ts";
import { rowStatement, writeRows } from "./write-rows.ts";

/** Days are kept this much longer than configured, so that a clock adjustment of up to an hour never deletes one too early. */
const CLOCK_SLACK_MS = 60 * 60 * 1000;
/**
 * Readers that come while retention waits for those that read wait as long. Doubled with every attempt in vain: while readers
 * are always active, the database would grow without end.
 */
const MIN_LOCK_TIMEOUT_MS = 100;
const MAX_LOCK_TIMEOUT_MS = 3_000;

/** Tables that are not partitioned, for their size. */
const OTHER_TABLES = (
  "run replica batch merge_state shared_state rule review audit learned_template kept_apart entry endpoint outcome_set " +
  "tally_total latency_total parameter_counts relation status_pair failure rule_hit feature block recent_blocks " +
  "copied_run copied_decision attribute_stratum attribute_template mark isolation"
).split(" ");

/**
 * Deletes a day that is too old; or, while the database is too large, the examples of the oldest day that has some, then the
 * oldest day itself, but not the current one. What is left adds up: a day is deleted from all counts at once, and with it the
 * blocks that begin before its end. Must run in the transaction of a merge.
 * @param nowMs Unix milliseconds
 * @param failures attempts in a row for which readers did not let go of the tables
 */
export async function retainDays(
  session: PostgresSession,
  limits: RetentionLimits,
  nowMs: number,
  nextBlockVersion: () => number,
  failures: number,
): Promise<{ readonly hasDeleted: boolean; readonly hasMore: boolean }> {
  const lockTimeout = Math.min(MIN_LOCK_TIMEOUT_MS * 2 ** failures, MAX_LOCK_TIMEOUT_MS);
  await session.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
  const keptSince = nowMs - limits.maxAgeMs - CLOCK_SLACK_MS;
  await trimBatches(session);
  await removeGoneReplicas(session, keptSince);
  await removeOldEvents(session, keptSince);
  const days = await selectDays(session);
  const [oldest, second] = days;
  const isTooOld = oldest !== undefined && oldest.day < dayOf(keptSince);
  const isTooLarge = !isTooOld && (await selectUsedBytes(session)) > limits.maxBytes;
  const withExamples = isTooLarge ? days.find(({ hasExamples }) => hasExamples) : undefined;
  if (withExamples !== undefined) {
    await clearAttributes(session, withExamples.day, nextBlockVersion());
    await clearExamples(session, withExamples.day);
    return { hasDeleted: true, hasMore: true };
  }
  const hasDeleted = isTooOld || (isTooLarge && oldest !== undefined && oldest.day < dayOf(nowMs));
  if (hasDeleted) await deleteDay(session, oldest.day, nextBlockVersion());
  const hasRemovedRuns = await removeOldRuns(session, keptSince);
  const hasMore = hasDeleted && (isTooLarge || (second !== undefined && second.day < dayOf(keptSince)));
  return { hasDeleted: hasDeleted || hasRemovedRuns, hasMore };
}

/** The size of all tables with their indexes. */
export async function selectUsedBytes(session: PostgresSession): Promise<number> {
  const { rows } = await session.query<{ readonly bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(tables.oid)), 0) AS bytes FROM (
       SELECT to_regclass(name)::oid AS oid FROM unnest($1::text[]) AS name
       UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY ($2::regclass[])
     ) AS tables`,
    [OTHER_TABLES, PARTITIONED_TABLES],
  );
  return rows[0]?.bytes ?? 0;
}

/** Everything that needs no lock on the parents comes first. */
async function deleteDay(session: PostgresSession, day: number, blockVersion: number): Promise<void> {
  await session.query(
    `UPDATE tally_total SET count = tally_total.count - deleted.count
     FROM (SELECT run_key, set_key, sum(count) AS count FROM tally WHERE day = $1 GROUP BY run_key, set_key) AS deleted
     WHERE deleted.run_key = tally_total.run_key AND deleted.set_key = tally_total.set_key`,
    [day],
  );
  await session.query(
    `WITH empty AS (DELETE FROM tally_total WHERE count = 0 RETURNING run_key, set_key),
       sets AS (DELETE FROM outcome_set USING empty WHERE outcome_set.run_key = empty.run_key AND key = set_key)
     DELETE FROM parameter_counts USING empty
     WHERE parameter_counts.run_key = empty.run_key AND parameter_counts.set_key = empty.set_key`,
  );
  await measureAttributes(session, day, blockVersion);
  await deleteBlocksBefore(session, firstMinuteOf(day + 1) * SLOTS_PER_MINUTE, blockVersion);
  await dropPartitions(session, day);
  await deleteEmptyEndpoints(session);
}

interface RecentRow {
  readonly endpointKey: number;
  readonly blocks: Uint8Array;
  readonly firstSlot: number | null;
}

const PUT_RECENT = rowStatement<RecentRow & { readonly version: number }>(
  [
    ["endpointKey", "endpoint_key", "integer"],
    ["version", "version", "bigint"],
    ["firstSlot", "first_slot", "bigint"],
    ["blocks", "blocks", "bytea"],
  ],
  (rows) =>
    `UPDATE recent_blocks SET version = new.version, first_slot = new.first_slot, blocks = new.blocks FROM ${rows}
     WHERE run_key = $1 AND recent_blocks.endpoint_key = new.endpoint_key`,
);

async function deleteBlocksBefore(session: PostgresSession, slot: number, version: number): Promise<void> {
  await session.query(
    `UPDATE recent_blocks SET version = $1 WHERE EXISTS (
       SELECT 1 FROM block WHERE block.run_key = recent_blocks.run_key AND block.endpoint_key = recent_blocks.endpoint_key
         AND block.first_slot < $2)`,
    [version, slot],
  );
  await session.query("DELETE FROM block WHERE first_slot < $1", [slot]);
  const { rows } = await session.query<RecentRow & { readonly runKey: number }>(
    `SELECT run_key AS "runKey", endpoint_key AS "endpointKey", blocks FROM recent_blocks WHERE first_slot < $1`,
    [slot],
  );
  for (const [runKey, ofRun] of Map.groupBy(rows, (row) => row.runKey)) {
    const kept = ofRun.map(({ endpointKey, blocks }) => {
      const left = unpackRecentBlocks(blocks).filter(({ first }) => first >= slot);
      return { endpointKey, version, firstSlot: left[0]?.first ?? null, blocks: packRecentBlocks(left) };
    });
    await writeRows(session, PUT_RECENT, runKey, kept);
  }
  await session.query(
    `DELETE FROM recent_blocks WHERE first_slot IS NULL AND NOT EXISTS (
       SELECT 1 FROM block WHERE block.run_key = recent_blocks.run_key AND block.endpoint_key = recent_blocks.endpoint_key)`,
  );
}

/** Endpoints without counts that have a time, and their other counts. */
async function deleteEmptyEndpoints(session: PostgresSession): Promise<void> {
  const isEmpty = ["outcome_set", "recent_blocks", "sample"]
    .map((table) => `SELECT 1 FROM ${table} WHERE ${table}.run_key = endpoint.run_key AND endpoint_key = endpoint.key`)
    .map((select) => `NOT EXISTS (${select})`)
    .join(" AND ");
  const others = [
    "relation",
    "status_pair",
    "failure",
    "rule_hit",
    "feature",
    "slow_exchange",
    "attribute_stratum",
    "attribute_template",
  ].map(
    (table) =>
      `of_${table} AS (DELETE FROM ${table} USING gone WHERE ${table}.run_key = gone.run_key AND endpoint_key = gone.key)`,
  );
  await session.query(
    `WITH gone AS (DELETE FROM endpoint WHERE ${isEmpty} RETURNING run_key, key), ${others.join(", ")} SELECT count(*) FROM gone`,
  );
}
