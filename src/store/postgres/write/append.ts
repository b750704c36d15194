import type { ResultBatch } from "../../../model/batch.ts";
import type { LoadSample } from "../../replica-load.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { encodeEntry, type LogEntry } from "../entry-payload.ts";

/** A merge reads entries up to a limit of bytes, so one must not have very many. */
const MAX_ENTRY_BYTES = 8 * 1024 * 1024;
/** Of a sample without bodies, and of a batch without samples: estimates. */
const SAMPLE_BYTES = 2_048;
const BATCH_BYTES = 4_096;
/** Senders repeat only what is not acknowledged, which is far less than this many entries of a replica have. */
const REMEMBERED_ENTRIES = 20_000;
const TRIM_EVERY = 1_000;

export interface ReplicaRun {
  readonly replicaKey: number;
  readonly runKey: number;
}

/**
 * Appends batches to the log of a replica, in a transaction of the caller. A batch whose id is already there is ignored. Waits for
 * the end of an earlier transaction of the same replica, whose answer may have been lost, so that its ids count.
 * @returns the number of the last entry
 * @throws RangeError if a batch cannot be encoded
 */
export async function appendBatches(
  session: PostgresSession,
  { replicaKey, runKey }: ReplicaRun,
  batches: readonly ResultBatch[],
): Promise<number> {
  const chunks = chunksOf(batches);
  const first = await takeSequences(session, replicaKey, chunks.length);
  const { rows } = await session.query<{ id: string }>(
    `INSERT INTO batch (replica_key, id, sequence) SELECT $1, * FROM unnest($2::text[], $3::bigint[])
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      replicaKey,
      chunks.flatMap((chunk) => chunk.map(({ id }) => id)),
      chunks.flatMap((chunk, index) => chunk.map(() => first + index)),
    ],
  );
  const added = new Set(rows.map(({ id }) => id));
  for (const [index, chunk] of chunks.entries()) {
    const unknown = chunk.filter(({ id }) => added.delete(id));
    if (unknown.length === 0) continue;
    await insertEntry(session, { replicaKey, runKey }, first + index, { kind: "counts", batches: unknown });
  }
  if (Math.floor(first / TRIM_EVERY) < Math.floor((first + chunks.length) / TRIM_EVERY)) {
    await session.query("DELETE FROM batch WHERE replica_key = $1 AND sequence < $2", [
      replicaKey,
      first - REMEMBERED_ENTRIES,
    ]);
  }
  return first + chunks.length - 1;
}

/** Appends another entry, in a transaction of the caller. */
export async function appendEntry(session: PostgresSession, replica: ReplicaRun, entry: LogEntry): Promise<void> {
  await insertEntry(session, replica, await takeSequences(session, replica.replicaKey, 1), entry);
}

/** Says how much of a replica is not committed; a commit is a heartbeat too, but does not say so. */
export async function writeHeartbeat(session: PostgresSession, replicaKey: number, load: LoadSample): Promise<void> {
  await session.query(
    `UPDATE replica SET heartbeat_at = clock_timestamp(), lost_at = NULL, received = $2, uncommitted = $3, rate = $4
     WHERE key = $1`,
    [replicaKey, load.received, load.uncommitted, load.rate],
  );
}

/** Locks the replica's row, which is a heartbeat. @returns the first of the numbers of the next entries */
async function takeSequences(session: PostgresSession, replicaKey: number, count: number): Promise<number> {
  const { rows } = await session.query<{ last: number }>(
    `UPDATE replica SET last_sequence = last_sequence + $2, heartbeat_at = clock_timestamp(), lost_at = NULL
     WHERE key = $1 RETURNING last_sequence AS last`,
    [replicaKey, count],
  );
  const [row] = rows;
  // Another database has taken the place of the one that was opened.
  if (row === undefined) throw new Error("the database does not know this replica any more");
  return row.last - count + 1;
}

async function insertEntry(
  session: PostgresSession,
  { replicaKey, runKey }: ReplicaRun,
  sequence: number,
  entry: LogEntry,
): Promise<void> {
  await session.query("INSERT INTO entry (run_key, replica_key, sequence, kind, payload) VALUES ($1, $2, $3, $4, $5)", [
    runKey,
    replicaKey,
    sequence,
    entry.kind,
    encodeEntry(entry),
  ]);
}

/** Groups that are small enough for one entry each. */
function chunksOf(batches: readonly ResultBatch[]): readonly (readonly ResultBatch[])[] {
  const chunks: ResultBatch[][] = [];
  let bytes = Infinity;
  for (const batch of batches) {
    const size = sizeOf(batch);
    if (bytes + size > MAX_ENTRY_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(batch);
    bytes += size;
  }
  return chunks;
}

function sizeOf({ samples }: ResultBatch): number {
  return samples.reduce((sum, { legs }) => {
    const bodies = [legs.primary, legs.candidate, legs.secondary].map((leg) => leg?.body.content.byteLength ?? 0);
    return bodies.reduce((all, bytes) => all + bytes, sum + SAMPLE_BYTES);
  }, BATCH_BYTES);
}
