import { RECORD_OVERHEAD } from "../../counting/attribute-writer.ts";
import type { PostgresSession } from "../connect/connection.ts";

const OF_DAY = `(run_key, endpoint_key, number) IN (
  SELECT run_key, endpoint_key, stratum FROM attribute_record WHERE day = $1)`;

/**
 * Deletes all records of the strata that have some of a day, before its table is emptied: what is left of them would not be a
 * uniform sample of what is counted.
 */
export async function clearAttributes(session: PostgresSession, day: number, version: number): Promise<void> {
  await session.query(`UPDATE attribute_stratum SET below = 0, bytes = 0, version = $2 WHERE ${OF_DAY}`, [
    day,
    version,
  ]);
  await session.query(
    `DELETE FROM attribute_record AS own USING attribute_stratum
     WHERE attribute_stratum.run_key = own.run_key AND attribute_stratum.endpoint_key = own.endpoint_key
       AND number = own.stratum AND version = $1`,
    [version],
  );
}

/** Measures the strata that have records of a day, which is about to be deleted with its counts. */
export async function measureAttributes(session: PostgresSession, day: number, version: number): Promise<void> {
  await session.query(
    `UPDATE attribute_stratum SET version = $2, bytes = (
       SELECT coalesce(sum(octet_length(content) + ${RECORD_OVERHEAD}), 0) FROM attribute_record AS own
       WHERE own.run_key = attribute_stratum.run_key AND own.endpoint_key = attribute_stratum.endpoint_key
         AND own.stratum = number AND own.day <> $1)
     WHERE ${OF_DAY}`,
    [day, version],
  );
}
