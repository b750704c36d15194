import type { Database } from "better-sqlite3";
import type { NamedExchanges } from "../../../endpoints/endpoint-names.ts";
import type { Run } from "../../../model/run.ts";
import type { KeyRows } from "../../counting/interned-keys.ts";
import { encodeRun, type RunRow } from "../../packing/run-rows.ts";
import { createKeptApartQuery, createTemplateQuery, createTemplateUpdate } from "../learned-template-queries.ts";

/** The rows of runs, endpoints, sets of fields and templates in SQLite. */
export function createKeyRows(db: Database): KeyRows {
  const statements = prepareStatements(db);
  return {
    insertRun(run) {
      statements.insertRun.run(encodeRun(run));
      return statements.selectRun.get(run.id) as number;
    },
    endpoints: (runKey) => statements.selectEndpoints.all(runKey),
    insertEndpoint: (runKey, { candidate, route, endpoint }) =>
      Number(statements.insertEndpoint.run(runKey, candidate, route, endpoint).lastInsertRowid),
    sets: (endpointKey) =>
      statements.selectSets
        .all(endpointKey)
        .map(({ key, digest, isLimited }) => ({ key, digest, isLimited: isLimited === 1 })),
    insertSet(endpointKey, { digest, paired, overflow, beyondCap, fields }) {
      const row = [endpointKey, digest, Number(paired), Number(overflow), Number(beyondCap), fields] as const;
      return Number(statements.insertSet.run(...row).lastInsertRowid);
    },
    templates: createTemplateQuery(db),
    keptApart: createKeptApartQuery(db),
    writeTemplate: createTemplateUpdate(db),
  };
}

/** Changes of runs in SQLite. */
export function createRunChanges(db: Database) {
  const endRun = db.prepare<[number, string]>("UPDATE run SET ended_at = ? WHERE id = ?");
  const endAbandoned = db.prepare<[number, string]>(
    `UPDATE run
     SET ended_at = max(started_at, min(?, 60000 * coalesce((SELECT max(minute) + 1 FROM accounting WHERE run_key = key), 0)))
     WHERE ended_at IS NULL AND id NOT IN (SELECT value FROM json_each(?))`,
  );
  const update = db.prepare<[RunRow]>(
    `UPDATE run SET primary_subset = @primary, candidates = @candidates, secondary_subset = @secondary, gate = @gate,
       rules = @rules WHERE id = @id`,
  );
  return {
    /** Updates what a reload of the configuration can change. */
    update(run: Run): void {
      update.run(encodeRun(run));
    },
    /** @param endedAt Unix milliseconds */
    end(runId: string, endedAt: number): void {
      endRun.run(endedAt, runId);
    },
    /** @param except ids of active runs @param nowMs bounds the end, because the last minute need not be over */
    endAbandoned(except: readonly string[], nowMs: number): void {
      endAbandoned.run(nowMs, JSON.stringify(except));
    },
  };
}

function prepareStatements(db: Database) {
  return {
    insertRun: db.prepare<[RunRow]>(
      `INSERT INTO run (id, name, started_at, labels, primary_subset, candidates, secondary_subset, gate, rules)
       VALUES (@id, @name, @startedAt, @labels, @primary, @candidates, @secondary, @gate, @rules)
       ON CONFLICT (id) DO UPDATE SET ended_at = NULL WHERE ended_at IS NOT NULL`,
    ),
    selectRun: db.prepare<[string], number>("SELECT key FROM run WHERE id = ?").pluck(),
    selectEndpoints: db.prepare<[number], NamedExchanges & { readonly key: number }>(
      `SELECT key, candidate, route, name AS endpoint,
         (SELECT coalesce(sum(count), 0) FROM outcome_set JOIN tally_total ON set_key = outcome_set.key
          WHERE endpoint_key = endpoint.key) AS count
       FROM endpoint WHERE run_key = ?`,
    ),
    insertEndpoint: db.prepare<[number, string, string, string]>(
      "INSERT INTO endpoint (run_key, candidate, route, name) VALUES (?, ?, ?, ?)",
    ),
    selectSets: db.prepare<[number], { key: number; digest: string; isLimited: number }>(
      `SELECT key, digest, NOT beyond_cap AND (fields <> '[]' OR overflow) AS isLimited
       FROM outcome_set WHERE endpoint_key = ?`,
    ),
    insertSet: db.prepare<[number, string, number, number, number, string]>(
      `INSERT INTO outcome_set (endpoint_key, digest, paired, overflow, beyond_cap, fields) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
  };
}
