import type { Database, Statement } from "better-sqlite3";
import type { BatchSums } from "./batch-sums.ts";

/** Maximum number of rows per endpoint and candidate: a field shows few relations. */
const MAX_RELATIONS = 2_000;
/** Maximum number of rows per endpoint and candidate: reasons are few, and an upstream has few addresses. */
const MAX_FAILURES = 200;
const OTHER_REASONS = "other reasons";

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
 * Writes the counts that are stored per run: relations, status pairs, failures and rule hits. Once an endpoint has the maximum
 * number of relations, new ones are counted under an empty path; and failures, as other reasons.
 */
export class RunCountWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #relations: RowCounts;
  readonly #failures: RowCounts;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#relations = new RowCounts(this.#statements.countRelations);
    this.#failures = new RowCounts(this.#statements.countFailures);
  }

  forget(): void {
    this.#relations.forget();
    this.#failures.forget();
  }

  /** Must run within a transaction. */
  write({ relations, statuses, failures, ruleHits }: BatchSums): void {
    const { incrementRelation, addRelation, addStatus, incrementFailure, addFailure, addHit } = this.#statements;
    for (const { key, count } of relations.rows()) {
      if (incrementRelation.run(count, ...key).changes > 0) continue;
      const [endpoint, section, , kind, relation] = key;
      if (this.#relations.get(endpoint) < MAX_RELATIONS) {
        addRelation.run(...key, count);
        this.#relations.increment(endpoint);
      } else addRelation.run(endpoint, section, "", kind, relation, count);
    }
    for (const { key, count } of statuses.rows()) addStatus.run(...key, count);
    for (const { key, count } of failures.rows()) {
      if (incrementFailure.run(count, ...key).changes > 0) continue;
      const [endpoint, role, kind] = key;
      if (this.#failures.get(endpoint) < MAX_FAILURES) {
        addFailure.run(...key, count);
        this.#failures.increment(endpoint);
      } else addFailure.run(endpoint, role, kind, OTHER_REASONS, "", count);
    }
    for (const { key, count } of ruleHits.rows()) addHit.run(...key, count);
  }
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
