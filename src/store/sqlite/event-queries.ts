import type { Database } from "better-sqlite3";
import type { Mark } from "../../model/explain/mark.ts";
import type { Isolation } from "../../model/isolate/isolation.ts";
import {
  decodeIsolation,
  encodeIsolation,
  MAX_ISOLATIONS,
  MAX_MARKS_OF_KIND,
  type IsolationRow,
  type MarkRow,
} from "../packing/event-rows.ts";

/** Writes marks and isolations. Both functions must run within a transaction. */
export function createEventEdits(db: Database) {
  const putMark = db.prepare<[MarkRow]>(
    `INSERT INTO mark (id, run_id, at, kind, text, subset, by) VALUES (@id, @runId, @at, @kind, @text, @subset, @by)
     ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, at = excluded.at, kind = excluded.kind, text = excluded.text,
       subset = excluded.subset, by = excluded.by`,
  );
  const trimMarks = db.prepare<[MarkRow]>(
    `DELETE FROM mark WHERE key IN (SELECT key FROM mark WHERE run_id = @runId AND kind = @kind
       ORDER BY at DESC, id DESC LIMIT -1 OFFSET ${MAX_MARKS_OF_KIND})`,
  );
  const putIsolation = db.prepare<[IsolationRow]>(
    `INSERT INTO isolation (id, run_id, candidate, started_at, content) VALUES (@id, @runId, @candidate, @startedAt, @content)
     ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, candidate = excluded.candidate,
       started_at = excluded.started_at, content = excluded.content`,
  );
  const trimIsolations = db.prepare<[IsolationRow]>(
    `DELETE FROM isolation WHERE key IN (SELECT key FROM isolation WHERE run_id = @runId
       ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ${MAX_ISOLATIONS})`,
  );
  return {
    putMark(runId: string, mark: Mark): void {
      const row = { ...mark, runId };
      putMark.run(row);
      trimMarks.run(row);
    },
    putIsolation(isolation: Isolation): void {
      const row = encodeIsolation(isolation);
      putIsolation.run(row);
      trimIsolations.run(row);
    },
  };
}

/** Queries for what happened in a run. */
export function createEventQueries(db: Database) {
  const marks = db.prepare<[string], Mark>(
    "SELECT id, at, kind, text, subset, by FROM mark WHERE run_id = ? ORDER BY at, id",
  );
  const isolations = db.prepare<[{ runId: string; candidate: string | null }], Pick<IsolationRow, "content">>(
    `SELECT content FROM isolation WHERE run_id = @runId AND candidate = coalesce(@candidate, candidate)
     ORDER BY started_at DESC, id DESC`,
  );
  return {
    /** Oldest first. */
    marks: (runId: string): readonly Mark[] => marks.all(runId),
    /** Newest first. */
    isolations: (runId: string, candidate: string | undefined): readonly Isolation[] =>
      isolations.all({ runId, candidate: candidate ?? null }).map(decodeIsolation),
  };
}
