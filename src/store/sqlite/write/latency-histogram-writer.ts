import type { Database } from "better-sqlite3";
import { addToHistogram, subtractMinute } from "../../packing/latency-histogram.ts";
import type { BatchSums } from "../../counting/batch-sums.ts";

interface Minute {
  readonly runKey: number;
  readonly minute: number;
}

/** Writes histograms of durations per minute and endpoint, and per minute for all endpoints. */
export class LatencyHistogramWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  /** Must run within a transaction. */
  write(runKey: number, { latencies, latenciesOfAll }: Pick<BatchSums, "latencies" | "latenciesOfAll">): void {
    const { read, put, readOfAll, putOfAll } = this.#statements;
    for (const { key, histogram } of latencies.rows()) {
      put.run(runKey, ...key, addToHistogram(read.get(runKey, ...key), histogram));
    }
    for (const { key, histogram } of latenciesOfAll.rows()) {
      putOfAll.run(runKey, ...key, addToHistogram(readOfAll.get(runKey, ...key), histogram));
    }
  }

  /** Must run within a transaction. */
  deleteMinute(at: Minute): void {
    const { totalsOfMinute, putTotal, deleteTotal, deleteMinute, deleteMinuteOfAll } = this.#statements;
    for (const [endpoint, total, minute] of totalsOfMinute.all(at)) {
      const remaining = subtractMinute(total, minute);
      if (remaining === null) deleteTotal.run(endpoint);
      else putTotal.run(remaining, endpoint);
    }
    deleteMinute.run(at);
    deleteMinuteOfAll.run(at);
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
    put: db.prepare<[number, number, number, Uint8Array]>(
      `INSERT INTO latency (run_key, minute, endpoint_key, histogram) VALUES (?, ?, ?, ?) ${replace}`,
    ),
    readOfAll: db
      .prepare<[number, string, number], Uint8Array>(
        "SELECT histogram FROM latency_of_all WHERE run_key = ? AND candidate = ? AND minute = ?",
      )
      .pluck(),
    putOfAll: db.prepare<[number, string, number, Uint8Array]>(
      `INSERT INTO latency_of_all (run_key, candidate, minute, histogram) VALUES (?, ?, ?, ?) ${replace}`,
    ),
    putTotal: db.prepare<[Uint8Array, number]>("UPDATE latency_total SET histogram = ? WHERE endpoint_key = ?"),
    deleteTotal: db.prepare<[number]>("DELETE FROM latency_total WHERE endpoint_key = ?"),
    // Only runs of earlier versions have totals.
    totalsOfMinute: db
      .prepare<[Minute], readonly [endpoint: number, total: Uint8Array, minute: Uint8Array]>(
        `SELECT endpoint_key, latency_total.histogram, latency.histogram FROM latency JOIN latency_total USING (endpoint_key)
         WHERE ${ofMinute}`,
      )
      .raw(),
    deleteMinute: db.prepare<[Minute]>(`DELETE FROM latency WHERE ${ofMinute}`),
    deleteMinuteOfAll: db.prepare<[Minute]>(`DELETE FROM latency_of_all WHERE ${ofMinute}`),
  };
}
