import type { Database, Statement } from "better-sqlite3";
import { hasQueryName } from "../../../endpoints/query-parameters.ts";
import type { SampleSummaryRow } from "../../packing/sample-rows.ts";

interface SampleQuery {
  readonly runId: string;
  readonly candidate: string;
  /** JSON. */
  readonly keys: string | null;
  readonly section: string | null;
  readonly path: string | null;
  readonly under: string | null;
  /** JSON. */
  readonly fields: string | null;
  readonly query: string | null;
  readonly withoutQuery: string | null;
  readonly limit: number;
}

export const SUMMARY_COLUMNS = `sample.id, at, route, endpoint.name AS endpoint, candidate, method, target, fields,
  primary_status AS primaryStatus, candidate_status AS candidateStatus`;

/** Prepares the query for samples that match a filter, newest first. */
export function createSampleQuery(db: Database): Statement<[SampleQuery], SampleSummaryRow> {
  db.function("has_query_name", { deterministic: true }, hasName);
  return db.prepare<[SampleQuery], SampleSummaryRow>(
    `SELECT ${SUMMARY_COLUMNS} FROM sample JOIN endpoint ON endpoint.key = endpoint_key
       WHERE sample.run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate
         AND (@keys IS NULL OR endpoint_key IN (SELECT value FROM json_each(@keys)))
         AND ((@section IS NULL AND @path IS NULL AND @under IS NULL) OR EXISTS (
           SELECT 1 FROM sample_field WHERE sample_key = sample.key
             AND (@section IS NULL OR section = @section) AND (@path IS NULL OR path = @path)
             AND (@under IS NULL OR path = @under OR (substr(path, 1, length(@under)) = @under
               AND substr(path, length(@under) + 1, 1) IN ('.', '[', '{')))))
         AND (@fields IS NULL OR sample.key IN (
           SELECT own.sample_key FROM json_each(@fields) AS wanted JOIN sample_field AS own
             ON own.endpoint_key = wanted.value ->> 0 AND own.section = wanted.value ->> 1
               AND own.path = wanted.value ->> 2 AND own.kind = wanted.value ->> 3 AND own.raw = 1))
         AND (@query IS NULL OR has_query_name(target, @query))
         AND (@withoutQuery IS NULL OR NOT has_query_name(target, @withoutQuery))
       ORDER BY at DESC, sample.key DESC LIMIT @limit`,
  );
}

/** @returns 1 or 0: SQLite has no other booleans */
function hasName(target: unknown, name: unknown): number {
  return Number(hasQueryName(String(target), String(name)));
}
