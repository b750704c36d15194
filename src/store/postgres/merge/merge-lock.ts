import type { PostgresSession } from "../connect/connection.ts";
import { announce } from "../shared/announcements.ts";

/** The arguments of the advisory lock under which counts change; the second one is of the schema. */
export const MERGE_LOCK = "1397048401, hashtext(current_schema())";

/**
 * Keeps every process from merging until the current transaction ends, and makes those that have merged load again what it
 * changes. Waits for a merge to end.
 * @returns the version of the blocks that the transaction writes
 */
export async function lockMerges(session: PostgresSession): Promise<number> {
  await session.query(`SELECT pg_advisory_xact_lock(${MERGE_LOCK})`);
  const { rows } = await session.query<{ readonly version: number; readonly blockVersion: number }>(
    `UPDATE merge_state SET version = version + 1, token = gen_random_uuid(), merged_at = now(), merger = NULL,
       block_version = block_version + 1 RETURNING version, block_version AS "blockVersion"`,
  );
  const [{ version, blockVersion } = { version: 0, blockVersion: 0 }] = rows;
  await announce(session, { merge: version });
  return blockVersion;
}
