import type { Database } from "better-sqlite3";
import { mergeHistogram, unpackCounts, type HistogramCounts } from "../latency-histogram.ts";
import type { BatchSums } from "./batch-sums.ts";

/** Writes latency histograms per minute and endpoint, per minute for all endpoints, and per endpoint for all minutes. */
export class LatencyHistogramWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  /** Must run within a transaction. */
  write(runKey: number, { latencies, latenciesOfAll }: Pick<BatchSums, "latencies" | "latenciesOfAll">): void {
    const { read, put, readOfAll, putOfAll } = this.#statements;
    for (const { key, histogram } of latencies.rows()) {
      put.run(runKey, ...key, mergeHistogram(read.get(runKey, ...key), histogram, 1));
      this.#updateTotal(key[1], histogram, 1);
    }
    for (const { key, histogram } of latenciesOfAll.rows()) {
      putOfAll.run(runKey, ...key, mergeHistogram(readOfAll.get(runKey, ...key), histogram, 1));
    }
  }

  /** Must run within a transaction. */
  deleteMinute(at: { readonly runKey: number; readonly minute: number }): void {
    const { ofMinute, deleteMinute, deleteMinuteOfAll } = this.#statements;
    for (const [endpoint, histogram] of ofMinute.all(at)) this.#updateTotal(endpoint, unpackCounts(histogram), -1);
    deleteMinute.run(at);
    deleteMinuteOfAll.run(at);
  }

  #updateTotal(endpoint: number, change: HistogramCounts, sign: 1 | -1): void {
    const { readTotal, putTotal, deleteTotal } = this.#statements;
    const total = mergeHistogram(readTotal.get(endpoint), change, sign);
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
