import type { Mark } from "../../model/explain/mark.ts";
import type { Isolation } from "../../model/isolate/isolation.ts";
import {
  decodeIsolation,
  encodeIsolation,
  MAX_ISOLATIONS,
  MAX_MARKS_OF_KIND,
  type IsolationRow,
} from "../packing/event-rows.ts";
import type { PostgresSession } from "./connect/connection.ts";
import { decodeText, encodeText } from "./text-encoding.ts";
import { selectRows } from "./read/select-rows.ts";

/** Must run in a transaction; so must `putIsolation`. */
export async function putMark(session: PostgresSession, runId: string, mark: Mark): Promise<void> {
  const { id, at, kind, text, subset, by } = mark;
  const run = encodeText(runId);
  await session.query(
    `INSERT INTO mark (id, run_id, at, kind, text, subset, by) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, at = excluded.at, kind = excluded.kind, text = excluded.text,
       subset = excluded.subset, by = excluded.by`,
    [encodeText(id), run, at, kind, encodeText(text), subset === null ? null : encodeText(subset), encodeText(by)],
  );
  await session.query(
    `DELETE FROM mark WHERE key IN (SELECT key FROM mark WHERE run_id = $1 AND kind = $2 ORDER BY at DESC, id DESC OFFSET $3)`,
    [run, kind, MAX_MARKS_OF_KIND],
  );
}

export async function putIsolation(session: PostgresSession, isolation: Isolation): Promise<void> {
  const { id, runId, candidate, startedAt, content } = encodeIsolation(isolation);
  const run = encodeText(runId);
  await session.query(
    `INSERT INTO isolation (id, run_id, candidate, started_at, content) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, candidate = excluded.candidate,
       started_at = excluded.started_at, content = excluded.content`,
    [encodeText(id), run, encodeText(candidate), startedAt, content],
  );
  await session.query(
    `DELETE FROM isolation WHERE key IN (
       SELECT key FROM isolation WHERE run_id = $1 ORDER BY started_at DESC, id DESC OFFSET $2)`,
    [run, MAX_ISOLATIONS],
  );
}

/** Oldest first. */
export async function selectMarks(session: PostgresSession, runId: string): Promise<readonly Mark[]> {
  const rows = await selectRows<Mark>(
    session,
    "SELECT id, at, kind, text, subset, by FROM mark WHERE run_id = $1 ORDER BY at, id",
    [encodeText(runId)],
  );
  return rows.map(({ id, text, subset, by, ...row }) => ({
    ...row,
    id: decodeText(id),
    text: decodeText(text),
    subset: subset === null ? null : decodeText(subset),
    by: decodeText(by),
  }));
}

/** Newest first. */
export async function selectIsolations(
  session: PostgresSession,
  runId: string,
  candidate: string | undefined,
): Promise<readonly Isolation[]> {
  const rows = await selectRows<Pick<IsolationRow, "content">>(
    session,
    `SELECT content FROM isolation WHERE run_id = $1 AND candidate = coalesce($2, candidate)
     ORDER BY started_at DESC, id DESC`,
    [encodeText(runId), candidate === undefined ? null : encodeText(candidate)],
  );
  return rows.map(decodeIsolation);
}
