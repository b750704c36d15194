import type { RunCountRows } from "../../../counting/run-count-writer.ts";
import type { BatchSums } from "../../../counting/batch-sums.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { decodeText } from "../../text-encoding.ts";
import { insertInto, type RowStatement, rowStatement, writeRows } from "../write-rows.ts";

type KeyParts = readonly [endpointKey: number, string, string, string, string];

interface CountedRow {
  readonly key: number;
  readonly parts: KeyParts;
  isNew: boolean;
  added: number;
}

interface InsertedRow {
  readonly key: number;
  readonly endpointKey: number;
  readonly first: string;
  readonly second: string;
  readonly third: string;
  readonly fourth: string;
  readonly count: number;
}

/** A table of counts by endpoint and four texts, whose rows have a number: an index could not hold the texts. */
interface KeyedTable {
  readonly name: string;
  /** Of the texts. */
  readonly columns: readonly [string, string, string, string];
}

/** The rows of such a table of a run, in memory: those of the endpoints that were counted since it was loaded. */
class KeyedCounts {
  readonly #runKey: number;
  readonly #table: KeyedTable;
  readonly #insert: RowStatement<InsertedRow>;
  readonly #increment: RowStatement<Pick<CountedRow, "key" | "added">>;
  readonly #byEndpoint = new Map<number, Map<string, CountedRow>>();
  readonly #changed = new Set<CountedRow>();
  #lastKey: number;

  constructor(runKey: number, table: KeyedTable, lastKey: number) {
    const { name, columns } = table;
    this.#runKey = runKey;
    this.#table = table;
    this.#lastKey = lastKey;
    this.#insert = insertInto<InsertedRow>(name, [
      ["key", "key", "integer"],
      ["endpointKey", "endpoint_key", "integer"],
      ["first", columns[0], "text"],
      ["second", columns[1], "text"],
      ["third", columns[2], "text"],
      ["fourth", columns[3], "text"],
      ["count", "count", "bigint"],
    ]);
    this.#increment = rowStatement(
      [
        ["key", "key", "integer"],
        ["added", "added", "bigint"],
      ],
      (rows) => `UPDATE ${name} SET count = count + added FROM ${rows} WHERE run_key = $1 AND ${name}.key = new.key`,
    );
  }

  async load(session: PostgresSession, endpoints: Iterable<number>): Promise<void> {
    const missing = [...new Set(endpoints)].filter((endpointKey) => !this.#byEndpoint.has(endpointKey));
    if (missing.length === 0) return;
    for (const endpointKey of missing) this.#byEndpoint.set(endpointKey, new Map());
    const [first, second, third, fourth] = this.#table.columns;
    const { rows } = await session.query<Omit<InsertedRow, "count">>(
      `SELECT key, endpoint_key AS "endpointKey", ${first} AS first, ${second} AS second, ${third} AS third, ${fourth} AS fourth
       FROM ${this.#table.name} WHERE run_key = $1 AND endpoint_key = ANY ($2)`,
      [this.#runKey, missing],
    );
    for (const { key, endpointKey, ...texts } of rows) {
      const decoded = [texts.first, texts.second, texts.third, texts.fourth].map(decodeText);
      this.#put({
        key,
        parts: [endpointKey, ...(decoded as [string, string, string, string])],
        isNew: false,
        added: 0,
      });
    }
  }

  count(endpointKey: number): number {
    return this.#byEndpoint.get(endpointKey)?.size ?? 0;
  }

  /** @returns whether the row exists */
  increment(parts: KeyParts, count: number): boolean {
    const row = this.#byEndpoint.get(parts[0])?.get(nameOf(parts));
    if (row === undefined) return false;
    row.added += count;
    this.#changed.add(row);
    return true;
  }

  add(parts: KeyParts, count: number): void {
    if (this.increment(parts, count)) return;
    this.#changed.add(this.#put({ key: ++this.#lastKey, parts, isNew: true, added: count }));
  }

  async write(session: PostgresSession): Promise<void> {
    const [inserted, incremented]: [InsertedRow[], CountedRow[]] = [[], []];
    for (const row of this.#changed) {
      const [endpointKey, first, second, third, fourth] = row.parts;
      if (!row.isNew) incremented.push({ ...row });
      else inserted.push({ key: row.key, endpointKey, first, second, third, fourth, count: row.added });
      row.isNew = false;
      row.added = 0;
    }
    this.#changed.clear();
    await writeRows(session, this.#insert, this.#runKey, inserted);
    await writeRows(session, this.#increment, this.#runKey, incremented);
  }

  #put(row: CountedRow): CountedRow {
    const [endpointKey] = row.parts;
    const rows = this.#byEndpoint.get(endpointKey) ?? new Map<string, CountedRow>();
    rows.set(nameOf(row.parts), row);
    this.#byEndpoint.set(endpointKey, rows);
    return row;
  }
}

function nameOf([, ...texts]: KeyParts): string {
  return JSON.stringify(texts);
}

const RELATIONS: KeyedTable = { name: "relation", columns: ["section", "path", "kind", "relation"] };
const FAILURES: KeyedTable = { name: "failure", columns: ["role", "kind", "reason", "address"] };

interface StatusRow {
  readonly endpointKey: number;
  readonly role: string;
  readonly primary: number;
  readonly other: number;
  readonly count: number;
}

interface HitRow {
  readonly endpointKey: number;
  readonly rule: string;
  readonly count: number;
}

const ADD_STATUSES = insertInto<StatusRow>(
  "status_pair",
  [
    ["endpointKey", "endpoint_key", "integer"],
    ["role", "role", "text"],
    ["primary", "primary_status", "integer"],
    ["other", "other_status", "integer"],
    ["count", "count", "bigint"],
  ],
  `ON CONFLICT (run_key, endpoint_key, role, primary_status, other_status)
   DO UPDATE SET count = status_pair.count + excluded.count`,
);
const ADD_HITS = insertInto<HitRow>(
  "rule_hit",
  [
    ["endpointKey", "endpoint_key", "integer"],
    ["rule", "rule", "text"],
    ["count", "count", "bigint"],
  ],
  "ON CONFLICT (run_key, endpoint_key, rule) DO UPDATE SET count = rule_hit.count + excluded.count",
);

/** The counts that are stored per run. */
export class RunCountMemory implements RunCountRows {
  readonly #runKey: number;
  readonly #relations: KeyedCounts;
  readonly #failures: KeyedCounts;
  readonly #statuses: StatusRow[] = [];
  readonly #hits: HitRow[] = [];

  private constructor(runKey: number, last: { readonly relation: number; readonly failure: number }) {
    this.#runKey = runKey;
    this.#relations = new KeyedCounts(runKey, RELATIONS, last.relation);
    this.#failures = new KeyedCounts(runKey, FAILURES, last.failure);
  }

  static async open(session: PostgresSession, runKey: number): Promise<RunCountMemory> {
    const { rows } = await session.query<{ relation: number; failure: number }>(
      `SELECT (SELECT coalesce(max(key), 0) FROM relation WHERE run_key = $1) AS relation,
         (SELECT coalesce(max(key), 0) FROM failure WHERE run_key = $1) AS failure`,
      [runKey],
    );
    return new RunCountMemory(runKey, rows[0] ?? { relation: 0, failure: 0 });
  }

  /** Must be called before the sums are added. */
  async load(session: PostgresSession, { relations, failures }: Pick<BatchSums, "relations" | "failures">) {
    await this.#relations.load(
      session,
      Iterator.from(relations.rows()).map(({ key }) => key[0]),
    );
    await this.#failures.load(
      session,
      Iterator.from(failures.rows()).map(({ key }) => key[0]),
    );
  }

  countRelations(endpointKey: number): number {
    return this.#relations.count(endpointKey);
  }

  incrementRelation(key: KeyParts, count: number): boolean {
    return this.#relations.increment(key, count);
  }

  addRelation(key: KeyParts, count: number): void {
    this.#relations.add(key, count);
  }

  countFailures(endpointKey: number): number {
    return this.#failures.count(endpointKey);
  }

  incrementFailure(key: KeyParts, count: number): boolean {
    return this.#failures.increment(key, count);
  }

  addFailure(key: KeyParts, count: number): void {
    this.#failures.add(key, count);
  }

  addStatus([endpointKey, role, primary, other]: readonly [number, string, number, number], count: number): void {
    this.#statuses.push({ endpointKey, role, primary, other, count });
  }

  addHit([endpointKey, rule]: readonly [number, string], count: number): void {
    this.#hits.push({ endpointKey, rule, count });
  }

  async write(session: PostgresSession): Promise<void> {
    await this.#relations.write(session);
    await this.#failures.write(session);
    await writeRows(session, ADD_STATUSES, this.#runKey, this.#statuses.splice(0));
    await writeRows(session, ADD_HITS, this.#runKey, this.#hits.splice(0));
  }
}
