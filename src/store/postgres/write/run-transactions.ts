import type { ReplicaIdentity } from "../../../model/shared/replica.ts";
import type { Run } from "../../../model/run.ts";
import type { RunRow } from "../../packing/run-rows.ts";
import { RUN_CHANGED } from "../../store-errors.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { announceChange } from "../shared/announcements.ts";
import { SILENT_SECONDS } from "../silent-replicas.ts";
import { decodeStoredRun, encodeStoredRun, RUN_COLUMNS } from "../stored-runs.ts";
import { encodeText } from "../text-encoding.ts";
import { appendEntry } from "./append.ts";

/** Whether a replica is live. */
const LIVE = `ended_at IS NULL AND heartbeat_at > clock_timestamp() - interval '${SILENT_SECONDS} seconds'`;

/** The keys of this replica and of the run to which its requests are counted. */
export interface JoinedRun {
  readonly replicaKey: number;
  readonly runKey: number;
  readonly run: Run;
}

/** What a replica finds when it opens the database. */
export interface Arrival extends JoinedRun {
  /** Of its entries; 0 for a replica that the database does not know. */
  readonly lastSequence: number;
}

interface KeyedRun {
  readonly key: number;
  readonly run: Run;
}

/**
 * Registers a replica and finds its run, in a transaction of the caller. While another replica is live, or this one was there
 * before, the current run of the store goes on. Otherwise, `run` begins. The requests in flight of an earlier run, which another
 * replica has ended meanwhile, are carried over.
 */
export async function joinRun(session: PostgresSession, replica: ReplicaIdentity, run: Run): Promise<Arrival> {
  const { key: replicaKey, runKey: earlierKey, lastSequence } = await register(session, replica);
  const current = await lockCurrentRun(session);
  const goesOn = current !== undefined && (await isInProgress(session, current, replicaKey, run.id));
  const joined = goesOn ? current : await insertRun(session, run);
  if (goesOn && current.run.endedAt !== null) {
    await session.query("UPDATE run SET ended_at = NULL WHERE key = $1", [current.key]);
  }
  if (earlierKey !== null && earlierKey !== joined.key) await carryOver(session, replicaKey, earlierKey, joined.key);
  await session.query("UPDATE replica SET run_key = $2 WHERE key = $1", [replicaKey, joined.key]);
  if (!goesOn) await makeCurrent(session, joined.key);
  return { replicaKey, runKey: joined.key, run: { ...joined.run, endedAt: null }, lastSequence };
}

/**
 * Ends the current run and begins its successor for all replicas, or follows another replica that has done so, in a transaction of
 * the caller. A repeated call changes nothing.
 * @throws Error with the code RUN_CHANGED if neither of both runs is the current one
 */
export async function switchRun(
  session: PostgresSession,
  { replicaKey, run: { id: runId }, runKey }: JoinedRun,
  endedAt: number,
  successor: Run,
): Promise<JoinedRun> {
  await lockReplica(session, replicaKey);
  const current = await lockCurrentRun(session);
  const follows = current?.run.id === successor.id;
  if (!follows && current?.run.id !== runId) {
    throw Object.assign(new Error("another replica has begun another run in the meantime"), { code: RUN_CHANGED });
  }
  const next = follows ? current : await insertRun(session, successor);
  if (runKey !== next.key) await carryOver(session, replicaKey, runKey, next.key);
  await session.query("UPDATE replica SET run_key = $2 WHERE key = $1", [replicaKey, next.key]);
  if (!follows) {
    await session.query("UPDATE run SET ended_at = $2 WHERE key = $1", [runKey, endedAt]);
    await makeCurrent(session, next.key);
  }
  return { replicaKey, runKey: next.key, run: next.run };
}

/** The replica ends; its run ends with the last of its live replicas. */
export async function leaveRun(
  session: PostgresSession,
  { replicaKey, runKey }: JoinedRun,
  endedAt: number,
): Promise<void> {
  await session.query(
    "UPDATE replica SET ended_at = clock_timestamp(), heartbeat_at = clock_timestamp(), uncommitted = 0 WHERE key = $1",
    [replicaKey],
  );
  await lockCurrentRun(session);
  const { rowCount } = await session.query(
    `UPDATE run SET ended_at = $2
     WHERE key = $1 AND ended_at IS NULL AND NOT EXISTS (SELECT FROM replica WHERE run_key = $1 AND ${LIVE})`,
    [runKey, endedAt],
  );
  if (rowCount === 1) await announceChange(session);
}

/** See `StoreWriter.endAbandonedRuns`. */
export async function endAbandonedRuns(session: PostgresSession, nowMs: number): Promise<void> {
  await session.query(
    `UPDATE run SET ended_at = greatest(started_at, least($1::bigint,
       60000::bigint * coalesce((SELECT max(minute) + 1 FROM accounting WHERE run_key = run.key), 0)))
     WHERE ended_at IS NULL AND NOT EXISTS (SELECT FROM entry WHERE run_key = run.key)
       AND NOT EXISTS (SELECT FROM replica WHERE run_key = run.key AND ${LIVE})`,
    [nowMs],
  );
  // Their ids cannot come again.
  await session.query(
    "DELETE FROM batch WHERE replica_key IN (SELECT key FROM replica WHERE heartbeat_at < now() - interval '1 day')",
  );
}

/** See `StoreWriter.updateRun`. */
export async function updateRun(session: PostgresSession, run: Run): Promise<void> {
  const { id, primary, candidates, secondary, gate, rules } = encodeStoredRun(run);
  await announceChange(session);
  await session.query(
    "UPDATE run SET primary_subset = $2, candidates = $3, secondary_subset = $4, gate = $5, rules = $6 WHERE id = $1",
    [id, primary, candidates, secondary, gate, rules],
  );
}

interface Registration {
  readonly key: number;
  readonly runKey: number | null;
  readonly lastSequence: number;
}

async function register(session: PostgresSession, { id, name }: ReplicaIdentity): Promise<Registration> {
  const { rows } = await session.query<Registration>(
    `INSERT INTO replica (id, name, version, config_hash, listen, admin) VALUES ($1, $2, '', '', '', '')
     ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp(), lost_at = NULL, ended_at = NULL
     RETURNING key, run_key AS "runKey", last_sequence AS "lastSequence"`,
    [id, encodeText(name)],
  );
  return theOnly(rows);
}

async function lockReplica(session: PostgresSession, key: number): Promise<void> {
  await session.query("SELECT FROM replica WHERE key = $1 FOR NO KEY UPDATE", [key]);
}

/** Every transaction that changes runs locks this row, after the row of its replica. */
async function lockCurrentRun(session: PostgresSession): Promise<KeyedRun | undefined> {
  const state = await session.query<{ key: number | null }>(
    "SELECT current_run_key AS key FROM shared_state FOR NO KEY UPDATE",
  );
  const { key } = theOnly(state.rows);
  if (key === null) return undefined;
  const { rows } = await session.query<RunRow>(`SELECT ${RUN_COLUMNS} FROM run WHERE key = $1`, [key]);
  return { key, run: decodeStoredRun(theOnly(rows)) };
}

async function isInProgress(
  session: PostgresSession,
  { key, run }: KeyedRun,
  replicaKey: number,
  runId: string,
): Promise<boolean> {
  if (run.id === runId) return true;
  if (run.endedAt !== null) return false;
  const { rowCount } = await session.query(`SELECT FROM replica WHERE run_key = $1 AND (key = $2 OR ${LIVE}) LIMIT 1`, [
    key,
    replicaKey,
  ]);
  return rowCount === 1;
}

async function insertRun(session: PostgresSession, run: Run): Promise<KeyedRun> {
  const { id, name, startedAt, labels, primary, candidates, secondary, gate, rules } = encodeStoredRun(run);
  const { rows } = await session.query<{ key: number }>(
    `INSERT INTO run (id, name, started_at, labels, primary_subset, candidates, secondary_subset, gate, rules)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (id) DO UPDATE SET ended_at = NULL RETURNING key`,
    [id, name, startedAt, labels, primary, candidates, secondary, gate, rules],
  );
  return { key: theOnly(rows).key, run };
}

async function makeCurrent(session: PostgresSession, runKey: number): Promise<void> {
  await session.query("UPDATE shared_state SET current_run_key = $1", [runKey]);
  await announceChange(session);
}

async function carryOver(
  session: PostgresSession,
  replicaKey: number,
  runKey: number,
  successorKey: number,
): Promise<void> {
  await appendEntry(session, { replicaKey, runKey }, { kind: "carry-over", successorKey });
}

function theOnly<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("a row of the database is missing");
  return row;
}
