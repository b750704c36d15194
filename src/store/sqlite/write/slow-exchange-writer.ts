import type { Database } from "better-sqlite3";
import { latencyStep } from "../../../lib/log-buckets.ts";
import { SLOWEST_PER_STEP, type SlowExchange } from "../../../model/latency.ts";

interface Row extends SlowExchange {
  readonly endpointKey: number;
  readonly step: number;
}

/** Keeps the slowest exchanges of each endpoint in each step of the candidate's latency. */
export class SlowExchangeWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
  }

  /** Must run within a transaction. */
  offer(endpointKey: number, exchange: SlowExchange): void {
    const row: Row = { ...exchange, endpointKey, step: latencyStep(exchange.candidateMs) };
    this.#statements.insert.run(row);
    this.#statements.deleteFaster.run(row);
  }
}

function prepareStatements(db: Database) {
  return {
    insert: db.prepare<[Row]>(
      `INSERT INTO slow_exchange (endpoint_key, step, at, method, target, primary_status, candidate_status,
         primary_ms, candidate_ms, secondary_ms, sample_id)
       VALUES (@endpointKey, @step, @at, @method, @target, @primaryStatus, @candidateStatus,
         @primaryMs, @candidateMs, @secondaryMs, @sampleId)`,
    ),
    deleteFaster: db.prepare<[Row]>(
      `DELETE FROM slow_exchange WHERE key IN (
         SELECT key FROM slow_exchange WHERE endpoint_key = @endpointKey AND step = @step
         ORDER BY candidate_ms DESC LIMIT -1 OFFSET ${SLOWEST_PER_STEP})`,
    ),
  };
}
