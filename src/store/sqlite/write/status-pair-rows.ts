import type { Database } from "better-sqlite3";
import type { StatusPair, StatusPairRows } from "../../counting/status-pairs.ts";

/** The rows of status pairs in SQLite. */
export function createStatusPairRows(db: Database): StatusPairRows {
  const select = db.prepare<[number], StatusPair>(
    'SELECT role, primary_status AS "primary", other_status AS other FROM status_pair WHERE endpoint_key = ?',
  );
  return { select: (endpointKey) => select.all(endpointKey) };
}
