import type { BatchSums } from "./batch-sums.ts";

/** Maximum number of rows per endpoint and candidate: a field shows few relations. */
const MAX_RELATIONS = 2_000;
/** Maximum number of rows per endpoint and candidate: reasons are few, and an upstream has few addresses. */
const MAX_FAILURES = 200;
const OTHER_REASONS = "other reasons";

type RelationKey = readonly [endpointKey: number, section: string, path: string, kind: string, relation: string];
type FailureKey = readonly [endpointKey: number, role: string, kind: string, reason: string, address: string];

/** The counts per run: the key of a row, and the count to add to it. */
export interface RunCountRows {
  /** The number of relations of an endpoint. */
  countRelations(endpointKey: number): number;
  /** Adds to a row that exists. @returns whether it does */
  incrementRelation(key: RelationKey, count: number): boolean;
  /** Adds to a row, which is inserted if it is missing. */
  addRelation(key: RelationKey, count: number): void;
  /** The number of failures of an endpoint. */
  countFailures(endpointKey: number): number;
  /** Adds to a row that exists. @returns whether it does */
  incrementFailure(key: FailureKey, count: number): boolean;
  /** Adds to a row, which is inserted if it is missing. */
  addFailure(key: FailureKey, count: number): void;
  /** Adds to a row, which is inserted if it is missing; so does `addHit`. */
  addStatus(key: readonly [endpointKey: number, role: string, primary: number, other: number], count: number): void;
  addHit(key: readonly [endpointKey: number, rule: string], count: number): void;
}

/** The number of rows per endpoint in a table, cached after the first read. */
class RowCounts {
  readonly #counts = new Map<number, number>();
  readonly #read: (endpointKey: number) => number;

  constructor(read: (endpointKey: number) => number) {
    this.#read = read;
  }

  get(endpointKey: number): number {
    const known = this.#counts.get(endpointKey) ?? this.#read(endpointKey);
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
  readonly #rows: RunCountRows;
  readonly #relations: RowCounts;
  readonly #failures: RowCounts;

  constructor(rows: RunCountRows) {
    this.#rows = rows;
    this.#relations = new RowCounts((endpointKey) => rows.countRelations(endpointKey));
    this.#failures = new RowCounts((endpointKey) => rows.countFailures(endpointKey));
  }

  forget(): void {
    this.#relations.forget();
    this.#failures.forget();
  }

  /** Must run within a transaction. */
  write({ relations, statuses, failures, ruleHits }: BatchSums): void {
    for (const { key, count } of relations.rows()) {
      if (this.#rows.incrementRelation(key, count)) continue;
      const [endpoint, section, , kind, relation] = key;
      if (this.#relations.get(endpoint) < MAX_RELATIONS) {
        this.#rows.addRelation(key, count);
        this.#relations.increment(endpoint);
      } else this.#rows.addRelation([endpoint, section, "", kind, relation], count);
    }
    for (const { key, count } of statuses.rows()) this.#rows.addStatus(key, count);
    for (const { key, count } of failures.rows()) {
      if (this.#rows.incrementFailure(key, count)) continue;
      const [endpoint, role, kind] = key;
      if (this.#failures.get(endpoint) < MAX_FAILURES) {
        this.#rows.addFailure(key, count);
        this.#failures.increment(endpoint);
      } else this.#rows.addFailure([endpoint, role, kind, OTHER_REASONS, ""], count);
    }
    for (const { key, count } of ruleHits.rows()) this.#rows.addHit(key, count);
  }
}
