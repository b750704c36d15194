import type { Database } from "better-sqlite3";
import { changedHistogram, unpackHistogram, type Histogram } from "../histogram.ts";
import type { Sums } from "./batch-sums.ts";

/** Writes latencies: by minute and endpoint, by minute for all endpoints, and by endpoint for all minutes. */
export class LatencyWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  /** Within a transaction. */
  write(runKey: number, { latencies, latenciesOfAll }: Pick<Sums, "latencies" | "latenciesOfAll">): void {
    const { read, put, readOfAll, putOfAll } = this.#statements;
    for (const { key, histogram } of latencies.rows()) {
      put.run(runKey, ...key, changedHistogram(read.get(runKey, ...key), histogram, 1));
      this.#changeTotal(key[1], histogram, 1);
    }
    for (const { key, histogram } of latenciesOfAll.rows()) {
      putOfAll.run(runKey, ...key, changedHistogram(readOfAll.get(runKey, ...key), histogram, 1));
    }
  }

  /** Within a transaction. */
  deleteMinute(at: { readonly runKey: number; readonly minute: number }): void {
    const { ofMinute, deleteMinute, deleteMinuteOfAll } = this.#statements;
    for (const [endpoint, histogram] of ofMinute.all(at)) this.#changeTotal(endpoint, unpackHistogram(histogram), -1);
    deleteMinute.run(at);
    deleteMinuteOfAll.run(at);
  }

  #changeTotal(endpoint: number, change: Histogram, sign: 1 | -1): void {
    const { readTotal, putTotal, deleteTotal } = this.#statements;
    const total = changedHistogram(readTotal.get(endpoint), change, sign);
    if (total === null) deleteTotal.run(endpoint);
    else putTotal.run(endpoint, total);
  }
}

function prepareStatements(db: Database) {
  const replace = "ON CONFLICT DO UPDATE SET histogram = excluded.histogram";
  const ofMinute = "run_key = @runKey AND minute = @minute";
  return {
    read: db
      .prepare<[number, number, number], Uint8Array>(
        "SELECT histogram FROM latency WHERE run_key = ? AND minute = ? AND endpoint_key = ?",
      )
      .pluck(),
    put: db.prepare<[number, number, number, Uint8Array | null]>(
      `INSERT INTO latency (run_key, minute, endpoint_key, histogram) VALUES (?, ?, ?, ?) ${replace}`,
    ),
    readOfAll: db
      .prepare<[number, string, number], Uint8Array>(
        "SELECT histogram FROM latency_of_all WHERE run_key = ? AND candidate = ? AND minute = ?",
      )
      .pluck(),
    putOfAll: db.prepare<[number, string, number, Uint8Array | null]>(
      `INSERT INTO latency_of_all (run_key, candidate, minute, histogram) VALUES (?, ?, ?, ?) ${replace}`,
    ),
    readTotal: db.prepare<[number], Uint8Array>("SELECT histogram FROM latency_total WHERE endpoint_key = ?").pluck(),
    putTotal: db.prepare<[number, Uint8Array]>(
      `INSERT INTO latency_total (endpoint_key, histogram) VALUES (?, ?) ${replace}`,
    ),
    deleteTotal: db.prepare<[number]>("DELETE FROM latency_total WHERE endpoint_key = ?"),
    ofMinute: db
      .prepare<[{ readonly runKey: number; readonly minute: number }], readonly [number, Uint8Array]>(
        `SELECT endpoint_key, histogram FROM latency WHERE ${ofMinute}`,
      )
      .raw(),
    deleteMinute: db.prepare<[{ readonly runKey: number; readonly minute: number }]>(
      `DELETE FROM latency WHERE ${ofMinute}`,
    ),
    deleteMinuteOfAll: db.prepare<[{ readonly runKey: number; readonly minute: number }]>(
      `DELETE FROM latency_of_all WHERE ${ofMinute}`,
    ),
  };
}
