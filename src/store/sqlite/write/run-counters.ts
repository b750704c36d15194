import type { Database, Statement } from "better-sqlite3";
import type { Sums } from "./batch-sums.ts";

/** Rows per endpoint and candidate. A field shows few relations, and a service has few statuses. */
const MAX_RELATIONS = 2_000;
const MAX_STATUS_PAIRS = 500;

/** How many rows an endpoint has in a table: read once, then kept. */
class RowCounts {
  readonly #counts = new Map<number, number>();
  readonly #read: Statement<[number], number>;

  constructor(read: Statement<[number], number>) {
    this.#read = read;
  }

  of(endpointKey: number): number {
    const known = this.#counts.get(endpointKey) ?? this.#read.get(endpointKey) ?? 0;
    this.#counts.set(endpointKey, known);
    return known;
  }

  grow(endpointKey: number): void {
    this.#counts.set(endpointKey, this.of(endpointKey) + 1);
  }

  forget(): void {
    this.#counts.clear();
  }
}

/**
 * Writes what is counted for a whole run: relations, pairs of statuses, hits of rules. A row that is there is raised; a new
 * one comes within the cap of its endpoint. Beyond it relations are counted under an empty path, and statuses by their class,
 * as x99, which keeps the shares of errors right.
 */
export class RunCounters {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #relations: RowCounts;
  readonly #statuses: RowCounts;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#relations = new RowCounts(this.#statements.relationsOf);
    this.#statuses = new RowCounts(this.#statements.statusesOf);
  }

  forget(): void {
    this.#relations.forget();
    this.#statuses.forget();
  }

  /** Within a transaction. */
  write({ relations, statuses, ruleHits }: Sums): void {
    const { raiseRelation, addRelation, raiseStatus, addStatus, addHit } = this.#statements;
    for (const { key, count } of relations.rows()) {
      if (raiseRelation.run(count, ...key).changes > 0) continue;
      const [endpoint, section, , kind, relation] = key;
      if (this.#relations.of(endpoint) < MAX_RELATIONS) {
        addRelation.run(...key, count);
        this.#relations.grow(endpoint);
      } else addRelation.run(endpoint, section, "", kind, relation, count);
    }
    for (const { key, count } of statuses.rows()) {
      if (raiseStatus.run(count, ...key).changes > 0) continue;
      const [endpoint, role, primary, other] = key;
      if (this.#statuses.of(endpoint) < MAX_STATUS_PAIRS) {
        addStatus.run(...key, count);
        this.#statuses.grow(endpoint);
      } else addStatus.run(endpoint, role, classOf(primary), classOf(other), count);
    }
    for (const { key, count } of ruleHits.rows()) addHit.run(...key, count);
  }
}

function classOf(status: number): number {
  return status === 0 ? 0 : Math.floor(status / 100) * 100 + 99;
}

function prepareStatements(db: Database) {
  const add = "ON CONFLICT DO UPDATE SET count = count + excluded.count";
  return {
    relationsOf: counter(db, "relation"),
    statusesOf: counter(db, "status_pair"),
    raiseRelation: db.prepare<[number, number, string, string, string, string]>(
      `UPDATE relation SET count = count + ?
       WHERE endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND relation = ?`,
    ),
    addRelation: db.prepare<[number, string, string, string, string, number]>(
      `INSERT INTO relation (endpoint_key, section, path, kind, relation, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
    raiseStatus: db.prepare<[number, number, string, number, number]>(
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

function counter(db: Database, table: "relation" | "status_pair"): Statement<[number], number> {
  const statement = db.prepare(`SELECT count(*) FROM ${table} WHERE endpoint_key = ?`).pluck();
  return statement as Statement<[number], number>;
}
