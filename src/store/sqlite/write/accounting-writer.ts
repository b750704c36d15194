import type { Database } from "better-sqlite3";
import type { BatchSums } from "../../counting/batch-sums.ts";

const IN_FLIGHT = "inFlight";

/**
 * Writes the fates of requests. Those in flight are kept by proxy thread, in the column `reason`, so that those of a
 * thread that dies are known. Must run within a transaction.
 */
export class AccountingWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  add(runKey: number, { accounting }: Pick<BatchSums, "accounting">): void {
    const { add, deleteZero } = this.#statements;
    for (const { key, count } of accounting.rows()) {
      add.run(runKey, ...key, count);
      if (key[2] === IN_FLIGHT) deleteZero.run(runKey, ...key);
    }
  }

  /** Requests that were in flight in a proxy thread never get another fate, because the thread has died. */
  interrupt(runKey: number, proxyThread: string): void {
    const { addInterrupted, deleteInFlight } = this.#statements;
    addInterrupted.run(runKey, proxyThread);
    deleteInFlight.run(runKey, proxyThread);
  }

  /** Requests in flight belong to the run in which they end. */
  carryOver(runKey: number, successorKey: number): void {
    const { carryReceived, carryInFlight, subtractReceived, deleteAllInFlight } = this.#statements;
    carryReceived.run(successorKey, runKey);
    carryInFlight.run(successorKey, runKey);
    subtractReceived.run({ runKey });
    deleteAllInFlight.run(runKey);
  }

  /** Requests were counted in a file that is lost. */
  forget(runKey: number, minute: number, counts: ReadonlyMap<string, number>): void {
    for (const [candidate, count] of counts)
      this.#statements.add.run(runKey, minute, candidate, "forgotten", "", count);
  }
}

function prepareStatements(db: Database) {
  const insert = "INSERT INTO accounting (run_key, minute, candidate, fate, reason, count)";
  const add = "ON CONFLICT DO UPDATE SET count = count + excluded.count";
  const ofThread = `run_key = ? AND fate = '${IN_FLIGHT}' AND reason = ?`;
  const ofRun = `run_key = ? AND fate = '${IN_FLIGHT}'`;
  return {
    add: db.prepare<[number, number, string, string, string, number]>(`${insert} VALUES (?, ?, ?, ?, ?, ?) ${add}`),
    deleteZero: db.prepare<[number, number, string, string, string]>(
      "DELETE FROM accounting WHERE run_key = ? AND minute = ? AND candidate = ? AND fate = ? AND reason = ? AND count = 0",
    ),
    addInterrupted: db.prepare<[number, string]>(
      `${insert} SELECT run_key, minute, candidate, 'interrupted', '', count FROM accounting WHERE ${ofThread} ${add}`,
    ),
    deleteInFlight: db.prepare<[number, string]>(`DELETE FROM accounting WHERE ${ofThread}`),
    carryReceived: db.prepare<[number, number]>(
      `${insert} SELECT ?, minute, candidate, 'received', '', sum(count) FROM accounting WHERE ${ofRun}
       GROUP BY minute, candidate ${add}`,
    ),
    carryInFlight: db.prepare<[number, number]>(
      `${insert} SELECT ?, minute, candidate, fate, reason, count FROM accounting WHERE ${ofRun} ${add}`,
    ),
    subtractReceived: db.prepare<[{ readonly runKey: number }]>(
      `UPDATE accounting SET count = accounting.count - moved.count
       FROM (SELECT minute, candidate, sum(count) AS count FROM accounting
             WHERE run_key = @runKey AND fate = '${IN_FLIGHT}' GROUP BY minute, candidate) AS moved
       WHERE run_key = @runKey AND fate = 'received'
         AND accounting.minute = moved.minute AND accounting.candidate = moved.candidate`,
    ),
    deleteAllInFlight: db.prepare<[number]>(`DELETE FROM accounting WHERE ${ofRun}`),
  };
}
