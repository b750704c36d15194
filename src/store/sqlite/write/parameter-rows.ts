import type { Database } from "better-sqlite3";
import type { ParameterRows } from "../../counting/parameter-writer.ts";

/** The rows of counts by query parameters in SQLite. */
export function createParameterRows(db: Database): ParameterRows {
  const get = db.prepare<[number], string>("SELECT counts FROM parameter_counts WHERE set_key = ?").pluck();
  const put = db.prepare<[number, string]>(
    `INSERT INTO parameter_counts (set_key, counts) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET counts = excluded.counts`,
  );
  const ofEndpoint = db
    .prepare<[number], string>(
      "SELECT counts FROM outcome_set JOIN parameter_counts ON set_key = outcome_set.key WHERE endpoint_key = ?",
    )
    .pluck();
  return {
    get: (setKey) => get.get(setKey),
    put: (setKey, counts) => put.run(setKey, counts),
    ofEndpoint: (endpointKey) => ofEndpoint.all(endpointKey),
  };
}
