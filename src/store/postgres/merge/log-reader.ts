import type { PostgresSession } from "../connect/connection.ts";
import { decodeEntry, type LogEntry, NewerEntryError } from "../entry-payload.ts";

/** An entry of a replica's log that no merge has counted yet. */
export interface PendingEntry {
  readonly runKey: number;
  readonly replicaKey: number;
  readonly sequence: number;
  /** Null if it is damaged: it can never be counted, and must not keep the others waiting. */
  readonly entry: LogEntry | null;
}

interface EntryRow extends Omit<PendingEntry, "entry"> {
  readonly payload: Buffer;
  readonly isLast: boolean;
}

/**
 * Reads the oldest entries of all replicas, in the order of each replica. In turns: a replica with many of them does not keep
 * the others waiting.
 * @param limits entries, and bytes of their payloads; the first entry is read however large it is
 * @returns also whether there are more; without those of replicas whose next entry only a newer version can read
 * @throws {NewerEntryError} if there are no others
 */
export async function readEntries(
  session: PostgresSession,
  limits: { readonly entries: number; readonly bytes: number },
): Promise<{ readonly entries: readonly PendingEntry[]; readonly hasMore: boolean }> {
  const { rows } = await session.query<EntryRow>(
    `WITH waiting AS (
       SELECT run_key, replica_key, sequence, octet_length(payload) AS bytes,
         row_number() OVER (PARTITION BY replica_key ORDER BY sequence) AS turn
       FROM entry
     ), ordered AS (
       SELECT *, row_number() OVER in_turns AS number, sum(bytes) OVER in_turns - bytes AS before, count(*) OVER () AS all_entries
       FROM waiting WINDOW in_turns AS (ORDER BY turn, replica_key)
     )
     SELECT run_key AS "runKey", replica_key AS "replicaKey", sequence, payload, number = all_entries AS "isLast"
     FROM ordered JOIN entry USING (run_key, replica_key, sequence)
     WHERE number <= $1 AND before < $2 ORDER BY number`,
    [limits.entries, limits.bytes],
  );
  const entries: PendingEntry[] = [];
  const held = new Map<number, NewerEntryError>();
  for (const { runKey, replicaKey, sequence, payload } of rows) {
    // The entries of a replica are counted in their order.
    if (held.has(replicaKey)) continue;
    const entry = readPayload(payload);
    if (entry instanceof NewerEntryError) held.set(replicaKey, entry);
    else entries.push({ runKey, replicaKey, sequence, entry });
  }
  const [newer] = held.values();
  if (newer !== undefined && entries.length === 0) throw newer;
  return { entries, hasMore: entries.length > 0 && rows.at(-1)?.isLast === false };
}

function readPayload(payload: Buffer): PendingEntry["entry"] | NewerEntryError {
  try {
    return decodeEntry(payload);
  } catch (error) {
    return error instanceof NewerEntryError ? error : null;
  }
}

/** Deletes what was counted. Must run in the transaction that writes the counts. */
export async function deleteEntries(session: PostgresSession, entries: readonly PendingEntry[]): Promise<void> {
  await session.query(
    `DELETE FROM entry USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS merged (run_key, replica_key, sequence)
     WHERE entry.run_key = merged.run_key AND entry.replica_key = merged.replica_key AND entry.sequence = merged.sequence`,
    [
      entries.map(({ runKey }) => runKey),
      entries.map(({ replicaKey }) => replicaKey),
      entries.map(({ sequence }) => sequence),
    ],
  );
}
