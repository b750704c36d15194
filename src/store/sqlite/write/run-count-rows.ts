import type { Database } from "better-sqlite3";
import type { RunCountRows } from "../../counting/run-count-writer.ts";

/** The rows of relations, status pairs, failures and rule hits in SQLite. */
export function createRunCountRows(db: Database): RunCountRows {
  const statements = prepareStatements(db);
  return {
    countRelations: (endpointKey) => statements.countRelations.get(endpointKey) as number,
    incrementRelation: (key, count) => statements.incrementRelation.run(count, ...key).changes > 0,
    addRelation: (key, count) => statements.addRelation.run(...key, count),
    countFailures: (endpointKey) => statements.countFailures.get(endpointKey) as number,
    incrementFailure: (key, count) => statements.incrementFailure.run(count, ...key).changes > 0,
    addFailure: (key, count) => statements.addFailure.run(...key, count),
    addStatus: (key, count) => statements.addStatus.run(...key, count),
    addHit: (key, count) => statements.addHit.run(...key, count),
  };
}

function prepareStatements(db: Database) {
  const add = "ON CONFLICT DO UPDATE SET count = count + excluded.count";
  return {
    countRelations: db.prepare<[number], number>("SELECT count(*) FROM relation WHERE endpoint_key = ?").pluck(),
    incrementRelation: db.prepare<[number, number, string, string, string, string]>(
      `UPDATE relation SET count = count + ?
       WHERE endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND relation = ?`,
    ),
    addRelation: db.prepare<[number, string, string, string, string, number]>(
      `INSERT INTO relation (endpoint_key, section, path, kind, relation, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
    countFailures: db.prepare<[number], number>("SELECT count(*) FROM failure WHERE endpoint_key = ?").pluck(),
    incrementFailure: db.prepare<[number, number, string, string, string, string]>(
      `UPDATE failure SET count = count + ?
       WHERE endpoint_key = ? AND role = ? AND kind = ? AND reason = ? AND address = ?`,
    ),
    addFailure: db.prepare<[number, string, string, string, string, number]>(
      `INSERT INTO failure (endpoint_key, role, kind, reason, address, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
    addStatus: db.prepare<[number, string, number, number, number]>(
      `INSERT INTO status_pair (endpoint_key, role, primary_status, other_status, count) VALUES (?, ?, ?, ?, ?) ${add}`,
    ),
    addHit: db.prepare<[number, string, number]>(
      `INSERT INTO rule_hit (endpoint_key, rule, count) VALUES (?, ?, ?) ${add}`,
    ),
  };
}
