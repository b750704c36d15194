import type { Database } from "better-sqlite3";
import type { Feature, FeatureRows } from "../../counting/feature-keys.ts";

/** The rows of features in SQLite. */
export function createFeatureRows(db: Database): FeatureRows {
  const select = db.prepare<[number], Feature & { readonly key: number }>(
    "SELECT key, section, path, feature FROM feature WHERE endpoint_key = ?",
  );
  const insert = db.prepare<[number, string, string, string]>(
    "INSERT INTO feature (endpoint_key, section, path, feature) VALUES (?, ?, ?, ?)",
  );
  return {
    select: (endpointKey) => select.all(endpointKey),
    insert: (endpointKey, { section, path, feature }) =>
      Number(insert.run(endpointKey, section, path, feature).lastInsertRowid),
  };
}
