import type { ControlChange, ControlState } from "../../../model/control.ts";
import { applyControlEdit, type ControlEdit } from "../../../model/shared/control-edit.ts";
import type { Replica, ReplicaReport, ReplicaState, SharedState } from "../../../model/shared/replica.ts";
import type { RunRow } from "../../packing/run-rows.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { inTransaction } from "../connect/transaction.ts";
import { decodeStoredRun, RUN_COLUMNS } from "../stored-runs.ts";
import { decodeText, encodeText } from "../text-encoding.ts";
import { announceChange } from "./announcements.ts";

/** Heartbeats come once a second. */
const STALLED_AFTER_MS = 3_000;
/** Replicas that ended or were lost are listed for this long. */
const LISTED_FOR = "1 day";

/** The shared state, and how often the counts of all replicas were merged. */
export interface SharedRead {
  readonly state: SharedState;
  readonly mergeVersion: number;
}

/** A run that exists, with the number of `shared_state`. The run is absent in a store without runs. */
type StateRow = Readonly<
  { change: number; paused: boolean; percents: string; changes: string; mergeVersion: number } & {
    [Name in keyof RunRow]: RunRow[Name] | null;
  }
>;

interface ReplicaRow {
  readonly id: string;
  readonly name: string;
  readonly isEnded: boolean;
  readonly isLost: boolean;
  readonly startedAt: number;
  readonly heartbeatAgeMs: number;
  readonly runId: string | null;
  readonly version: string;
  readonly configHash: string;
  readonly config: string;
  readonly listenUrl: string;
  readonly adminUrl: string;
  readonly applied: number;
  readonly health: string;
}

/** Reads what replicas share. */
export async function readSharedState(session: PostgresSession): Promise<SharedRead> {
  const { rows } = await session.query<StateRow>(
    `SELECT state.change, state.paused, state.percents, state.changes, merge_state.version AS "mergeVersion",
       ${RUN_COLUMNS}
     FROM shared_state AS state CROSS JOIN merge_state LEFT JOIN run ON run.key = state.current_run_key`,
  );
  const { change, paused, percents, changes, mergeVersion, ...run } = theState(rows);
  return {
    state: {
      change,
      control: { paused, percents: JSON.parse(percents) as ControlState["percents"] },
      changes: JSON.parse(changes) as readonly ControlChange[],
      run: run.id === null ? null : decodeStoredRun(run as RunRow),
      replicas: await readReplicas(session),
    },
    mergeVersion,
  };
}

async function readReplicas(session: PostgresSession): Promise<readonly Replica[]> {
  const { rows } = await session.query<ReplicaRow>(
    `SELECT replica.id, replica.name, replica.ended_at IS NOT NULL AS "isEnded", lost_at IS NOT NULL AS "isLost",
       (extract(epoch FROM replica.started_at) * 1000)::bigint AS "startedAt",
       greatest(0, extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::bigint AS "heartbeatAgeMs",
       run.id AS "runId", version, config_hash AS "configHash", config, listen AS "listenUrl", admin AS "adminUrl",
       applied, health
     FROM replica LEFT JOIN run ON run.key = replica.run_key
     WHERE heartbeat_at > now() - interval '${LISTED_FOR}'
     ORDER BY replica.name, replica.id`,
  );
  return rows.map(decodeReplica);
}

function decodeReplica({ name, isEnded, isLost, configHash, config, health, ...row }: ReplicaRow): Replica {
  return {
    ...row,
    name: decodeText(name),
    state: stateOf(isEnded, isLost, row.heartbeatAgeMs),
    config: { hash: configHash, sections: JSON.parse(config) as Record<string, string> },
    // A replica that has not reported yet.
    health: { ...NO_HEALTH, ...(JSON.parse(health) as Partial<Replica["health"]>) },
  };
}

const NO_HEALTH: Replica["health"] = {
  ready: false,
  draining: false,
  storeError: null,
  lostExchanges: 0,
  droppedCopies: 0,
  down: [],
  threadRestarts: 0,
};

function stateOf(isEnded: boolean, isLost: boolean, heartbeatAgeMs: number): ReplicaState {
  if (isEnded) return "ended";
  if (heartbeatAgeMs < STALLED_AFTER_MS) return "live";
  return isLost ? "lost" : "stalled";
}

/**
 * Edits the control of all replicas in a transaction. Other keys keep the value that another replica has written meanwhile, because
 * the row is read under its lock.
 */
export async function writeControlEdit(session: PostgresSession, edit: ControlEdit): Promise<void> {
  await inTransaction(session, async () => {
    const { rows } = await session.query<Pick<StateRow, "paused" | "percents" | "changes">>(
      "SELECT paused, percents, changes FROM shared_state FOR UPDATE",
    );
    const row = theState(rows);
    const control = { paused: row.paused, percents: JSON.parse(row.percents) as ControlState["percents"] };
    const changes = JSON.parse(row.changes) as readonly ControlChange[];
    const edited = applyControlEdit({ control, changes }, edit);
    if (edited.changes === changes) return;
    await session.query("UPDATE shared_state SET paused = $1, percents = $2, changes = $3", [
      edited.control.paused,
      JSON.stringify(edited.control.percents),
      JSON.stringify(edited.changes),
    ]);
    await announceChange(session);
  });
}

function theState<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error("the table shared_state is empty; it must have one row");
  return row;
}

/**
 * Writes what a replica says about itself, with a heartbeat. Does not wait for a transaction of the same replica that appends
 * counts, which is a heartbeat too.
 * @param id of the replica
 * @returns whether it was written: not during such a transaction, and not before the replica is registered
 */
export async function writeReport(session: PostgresSession, id: string, report: ReplicaReport): Promise<boolean> {
  const { version, config, listenUrl, adminUrl, health, applied } = report;
  const { rowCount } = await session.query(
    `UPDATE replica SET heartbeat_at = clock_timestamp(), lost_at = NULL, version = $2, config_hash = $3, config = $4, listen = $5, admin = $6,
       health = $7, applied = $8
     WHERE key = (SELECT key FROM replica WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED)`,
    [
      id,
      version,
      config.hash,
      JSON.stringify(config.sections),
      encodeText(listenUrl),
      encodeText(adminUrl),
      JSON.stringify(health),
      applied,
    ],
  );
  return rowCount === 1;
}
