import type { PostgresSession } from "../connect/connection.ts";
import { SILENT_SECONDS } from "../silent-replicas.ts";
import type { AccountingMemory } from "./memory/accounting-memory.ts";

interface ReplicaRow {
  readonly key: number;
  readonly hasEnded: boolean;
  readonly isLost: boolean;
  readonly isSilent: boolean;
  /** Some of its entries are not merged yet: what it has in flight is not known yet. */
  readonly hasEntries: boolean;
}

/**
 * Settles what replicas that have ended or are lost have left in flight, and takes back what was settled of those that were only
 * stalled. Must run in the transaction of a merge, after its entries were deleted.
 */
export async function settleReplicas(session: PostgresSession, runs: readonly AccountingMemory[]): Promise<void> {
  const concerned = new Set(runs.flatMap(({ replicas }) => [...replicas]));
  const { rows } = await session.query<ReplicaRow>(
    `SELECT key, ended_at IS NOT NULL AS "hasEnded", lost_at IS NOT NULL AS "isLost", ${isSilent()} AS "isSilent",
       EXISTS (SELECT 1 FROM entry WHERE replica_key = replica.key) AS "hasEntries"
     FROM replica WHERE key = ANY ($1) OR ${isSilent()}`,
    [[...concerned]],
  );
  const lost = rows.some((row) => row.isSilent) ? await markLost(session) : new Set<number>();
  for (const row of rows) {
    const isLost = row.isLost || lost.has(row.key);
    for (const accounting of runs) {
      if (row.hasEnded && !row.hasEntries) accounting.end(row.key);
      else if (isLost && !row.hasEntries) accounting.lose(row.key);
      else if (!isLost) accounting.restore(row.key);
    }
  }
  // Retention has removed these.
  const gone = concerned.difference(new Set(rows.map(({ key }) => key)));
  for (const replicaKey of gone) for (const accounting of runs) accounting.end(replicaKey);
}

/** A replica that appends at this moment is not silent: its row is locked, or has a new heartbeat. */
async function markLost(session: PostgresSession): Promise<ReadonlySet<number>> {
  const { rows } = await session.query<{ readonly key: number }>(
    `UPDATE replica SET lost_at = now() WHERE key IN (
       SELECT key FROM replica WHERE ${isSilent()}
         AND NOT EXISTS (SELECT 1 FROM entry WHERE replica_key = replica.key) FOR UPDATE SKIP LOCKED)
     RETURNING key`,
  );
  return new Set(rows.map(({ key }) => key));
}

function isSilent(): string {
  return `(ended_at IS NULL AND lost_at IS NULL AND heartbeat_at < now() - interval '${SILENT_SECONDS} seconds')`;
}
