import { proxyThreadOf, type ResultBatch } from "../../../../model/batch.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { decodeText } from "../../text-encoding.ts";
import { dayOfMinute } from "../days.ts";
import { insertInto, rowStatement, writeRows } from "../write-rows.ts";

const IN_FLIGHT = "inFlight";
const INTERRUPTED = "interrupted";

interface AccountingRow {
  readonly minute: number;
  readonly candidate: string;
  readonly fate: string;
  readonly reason: string;
  count: number;
}

type StoredRow = AccountingRow & { readonly day: number };

const COLUMNS = [
  ["day", "day", "integer"],
  ["minute", "minute", "integer"],
  ["candidate", "candidate", "text"],
  ["fate", "fate", "text"],
  ["reason", "reason", "text"],
] as const;
const ADD = insertInto<StoredRow>(
  "accounting",
  [...COLUMNS, ["count", "count", "bigint"]],
  `ON CONFLICT (run_key, day, minute, candidate, fate, reason)
   DO UPDATE SET count = accounting.count + excluded.count`,
);
const DELETE = rowStatement<StoredRow>(
  COLUMNS,
  (rows) =>
    `DELETE FROM accounting USING ${rows} WHERE run_key = $1 AND accounting.day = new.day AND accounting.minute = new.minute
     AND accounting.candidate = new.candidate AND accounting.fate = new.fate AND accounting.reason = new.reason`,
);

/**
 * The fates of a run's requests. Those of proxy threads are in memory: in flight, or interrupted because their replica was lost. Their
 * reason is the key of the replica, a slash and the proxy thread.
 */
export class AccountingMemory {
  readonly #runKey: number;
  readonly #ofThreads = new Map<string, AccountingRow>();
  readonly #changes = new Map<string, AccountingRow>();

  private constructor(runKey: number, ofThreads: readonly AccountingRow[]) {
    this.#runKey = runKey;
    for (const row of ofThreads) this.#ofThreads.set(nameOf(row), row);
  }

  static async load(session: PostgresSession, runKey: number): Promise<AccountingMemory> {
    const { rows } = await session.query<AccountingRow>(
      `SELECT minute, candidate, fate, reason, count FROM accounting
       WHERE run_key = $1 AND fate IN ('${IN_FLIGHT}', '${INTERRUPTED}') AND reason <> ''`,
      [runKey],
    );
    const decoded = rows.map((row) => ({
      ...row,
      candidate: decodeText(row.candidate),
      reason: decodeText(row.reason),
    }));
    return new AccountingMemory(runKey, decoded);
  }

  /** The replicas with requests in flight, or interrupted because they were lost. */
  get replicas(): ReadonlySet<number> {
    return new Set(Iterator.from(this.#ofThreads.values()).map(({ reason }) => replicaOf(reason)));
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0;
  }

  add(replicaKey: number, batch: Pick<ResultBatch, "id" | "accounting">): void {
    const thread = reasonOf(replicaKey, proxyThreadOf(batch));
    for (const { minute, candidate, fate, reason, count } of batch.accounting)
      this.#add({ minute, candidate, fate, reason: fate === IN_FLIGHT ? thread : reason, count });
  }

  /** See `StoreWriter.forget`. */
  forget(minute: number, requests: ReadonlyMap<string, number>): void {
    for (const [candidate, count] of requests) this.#add({ minute, candidate, fate: "forgotten", reason: "", count });
  }

  /** Requests in flight of a proxy thread that has died. */
  interrupt(replicaKey: number, proxyThread: string): void {
    const thread = reasonOf(replicaKey, proxyThread);
    const ofThread = this.#rowsOf(replicaKey, IN_FLIGHT).filter(({ reason }) => reason === thread);
    this.#move(ofThread, INTERRUPTED, () => "");
  }

  /** Requests that a replica has left in flight when it ended. */
  end(replicaKey: number): void {
    for (const fate of [IN_FLIGHT, INTERRUPTED]) this.#move(this.#rowsOf(replicaKey, fate), INTERRUPTED, () => "");
  }

  /** Requests in flight of a replica that gives no sign of life. */
  lose(replicaKey: number): void {
    this.#move(this.#rowsOf(replicaKey, IN_FLIGHT), INTERRUPTED, (reason) => reason);
  }

  /** The replica was only stalled. */
  restore(replicaKey: number): void {
    this.#move(this.#rowsOf(replicaKey, INTERRUPTED), IN_FLIGHT, (reason) => reason);
  }

  /** Requests in flight belong to the run in which they end. */
  carryOver(replicaKey: number, successor: AccountingMemory): void {
    for (const row of this.#rowsOf(replicaKey, IN_FLIGHT)) {
      const received = { ...row, fate: "received", reason: "" };
      successor.#add(received);
      successor.#add(row);
      this.#add({ ...received, count: -row.count });
      this.#add({ ...row, count: -row.count });
    }
  }

  async write(session: PostgresSession): Promise<void> {
    const [added, deleted]: [StoredRow[], StoredRow[]] = [[], []];
    for (const [name, row] of this.#changes) {
      const stored = { ...row, day: dayOfMinute(row.minute) };
      const isGone = isOfThread(row) && !this.#ofThreads.has(name);
      if (isGone) deleted.push(stored);
      else if (row.count !== 0) added.push(stored);
    }
    this.#changes.clear();
    await writeRows(session, ADD, this.#runKey, added);
    await writeRows(session, DELETE, this.#runKey, deleted);
  }

  #rowsOf(replicaKey: number, fate: string): readonly AccountingRow[] {
    const rows = [...this.#ofThreads.values()];
    return rows.filter((row) => row.fate === fate && replicaOf(row.reason) === replicaKey).map((row) => ({ ...row }));
  }

  #move(rows: readonly AccountingRow[], fate: string, reasonFor: (reason: string) => string): void {
    for (const row of rows) {
      this.#add({ ...row, count: -row.count });
      this.#add({ ...row, fate, reason: reasonFor(row.reason) });
    }
  }

  #add(row: AccountingRow): void {
    const name = nameOf(row);
    addTo(this.#changes, name, row);
    if (!isOfThread(row)) return;
    addTo(this.#ofThreads, name, row);
    if (this.#ofThreads.get(name)?.count === 0) this.#ofThreads.delete(name);
  }
}

function addTo(rows: Map<string, AccountingRow>, name: string, row: AccountingRow): void {
  const known = rows.get(name);
  if (known === undefined) rows.set(name, { ...row });
  else known.count += row.count;
}

function nameOf({ minute, candidate, fate, reason }: AccountingRow): string {
  return JSON.stringify([minute, candidate, fate, reason]);
}

function isOfThread({ fate, reason }: AccountingRow): boolean {
  return (fate === IN_FLIGHT || fate === INTERRUPTED) && reason !== "";
}

function reasonOf(replicaKey: number, proxyThread: string): string {
  return `${replicaKey}/${proxyThread}`;
}

function replicaOf(reason: string): number {
  return Number(reason.slice(0, reason.indexOf("/")));
}
