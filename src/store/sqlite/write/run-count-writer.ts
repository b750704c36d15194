import type { Database, Statement } from "better-sqlite3";
import type { BatchSums } from "./batch-sums.ts";

/** Maximum number of rows per endpoint and candidate: a field shows few relations, and a service uses few status codes. */
const MAX_RELATIONS = 2_000;
const MAX_STATUS_PAIRS = 500;

/** The number of rows per endpoint in a table, cached after the first read. */
class RowCounts {
  readonly #counts = new Map<number, number>();
  readonly #read: Statement<[number], number>;

  constructor(read: Statement<[number], number>) {
    this.#read = read;
  }

  get(endpointKey: number): number {
    const known = this.#counts.get(endpointKey) ?? this.#read.get(endpointKey) ?? 0;
    this.#counts.set(endpointKey, known);
    return known;
  }

  increment(endpointKey: number): void {
    this.#counts.set(endpointKey, this.get(endpointKey) + 1);
  }

  forget(): void {
    this.#counts.clear();
  }
}

/**
 * Writes the counts that are stored per run: relations, status pairs and rule hits. Once an endpoint has the maximum number of
 * rows, new relations are counted under an empty path and new statuses by class, as x99, which keeps error rates exact.
 */
export class RunCountWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #relations: RowCounts;
  readonly #statuses: RowCounts;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#relations = new RowCounts(this.#statements.countRelations);
    this.#statuses = new RowCounts(this.#statements.countStatuses);
  }

  forget(): void {
    this.#relations.forget();
    this.#statuses.forget();
  }

  /** Must run within a transaction. */
  write({ relations, statuses, ruleHits }: BatchSums): void {
    const { incrementRelation, addRelation, incrementStatus, addStatus, addHit } = this.#statements;
    for (const { key, count } of relations.rows()) {
      if (incrementRelation.run(count, ...key).changes > 0) continue;
      const [endpoint, section, , kind, relation] = key;
      if (this.#relations.get(endpoint) < MAX_RELATIONS) {
        addRelation.run(...key, count);
        this.#relations.increment(endpoint);
      } else addRelation.run(endpoint, section, "", kind, relation, count);
    }
    for (const { key, count } of statuses.rows()) {
      if (incrementStatus.run(count, ...key).changes > 0) continue;
      const [endpoint, role, primary, other] = key;
      if (this.#statuses.get(endpoint) < MAX_STATUS_PAIRS) {
        addStatus.run(...key, count);
        this.#statuses.increment(endpoint);
      } else addStatus.run(endpoint, role, statusClass(primary), statusClass(other), count);
    }
    for (const { key, count } of ruleHits.rows()) addHit.run(...key, count);
  }
}

function statusClass(status: number): number {
  return status === 0 ? 0 : Math.floor(status / 100) * 100 + 99;
}

function prepareStatements(db: Database) {
  const add = "ON CONFLICT DO UPDATE SET count = count + excluded.count";
  return {
    countRelations: rowCounter(db, "relation"),
    countStatuses: rowCounter(db, "status_pair"),
    incrementRelation: db.prepare<[number, number, string, string, string, string]>(
      `UPDATE relation SET count = count + ?
       WHERE endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND relation = ?`,
    ),
    addRelation: db.prepare<[number, string, string, string, string, number]>(
      `INSERT INTO relation (endpoint_key, section, path, kind, relation, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
    incrementStatus: db.prepare<[number, number, string, number, number]>(
      `UPDATE status_pair SET count = count + ?
       WHERE endpoint_key = ? AND role = ? AND primary_status = ? AND other_status = ?`,
    ),
    addStatus: db.prepare<[number, string, number, number, number]>(
      `INSERT INTO status_pair (endpoint_key, role, primary_status, other_status, count) VALUES (?, ?, ?, ?, ?) ${add}`,
    ),
    addHit: db.prepare<[number, string, number]>(
      `INSERT INTO rule_hit (endpoint_key, rule, count) VALUES (?, ?, ?) ${add}`,
    ),
  };
}

function rowCounter(db: Database, table: "relation" | "status_pair"): Statement<[number], number> {
  const statement = db.prepare(`SELECT count(*) FROM ${table} WHERE endpoint_key = ?`).pluck();
  return statement as Statement<[number], number>;
}
