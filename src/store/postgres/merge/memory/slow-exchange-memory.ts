import { latencyStep } from "../../../../lib/log-buckets.ts";
import { SLOWEST_PER_STEP, type SlowExchange } from "../../../../model/latency.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { dayOf } from "../days.ts";
import { insertInto, rowStatement, writeRows } from "../write-rows.ts";

/** A kept exchange; its content only until it is written. */
interface KeptExchange {
  readonly key: number;
  readonly day: number;
  readonly endpointKey: number;
  readonly step: number;
  readonly candidateMs: number;
  exchange: SlowExchange | null;
}

type ExchangePlace = Pick<KeptExchange, "key" | "day">;
type ExchangeRow = Omit<KeptExchange, "exchange"> & SlowExchange;

const PLACE = [
  ["day", "day", "integer"],
  ["key", "key", "bigint"],
] as const;
const INSERT = insertInto<ExchangeRow>("slow_exchange", [
  ...PLACE,
  ["endpointKey", "endpoint_key", "integer"],
  ["step", "step", "integer"],
  ["at", "at", "bigint"],
  ["method", "method", "text"],
  ["target", "target", "text"],
  ["primaryStatus", "primary_status", "integer"],
  ["candidateStatus", "candidate_status", "integer"],
  ["primaryMs", "primary_ms", "double precision"],
  ["candidateMs", "candidate_ms", "double precision"],
  ["secondaryMs", "secondary_ms", "double precision"],
  ["sampleId", "sample_id", "text"],
]);
const DELETE = rowStatement<ExchangePlace>(
  PLACE,
  (rows) =>
    `DELETE FROM slow_exchange USING ${rows}
     WHERE run_key = $1 AND slow_exchange.day = new.day AND slow_exchange.key = new.key`,
);

/** Keeps the slowest exchanges of each endpoint in each step of the candidate's latency. */
export class SlowExchangeMemory {
  readonly #runKey: number;
  readonly #nextKey: () => number;
  readonly #steps = new Map<number, Map<number, readonly KeptExchange[]>>();
  readonly #inserted = new Set<KeptExchange>();
  readonly #deleted: KeptExchange[] = [];

  /** @param nextKey rises from call to call, also from merge to merge */
  constructor(runKey: number, nextKey: () => number) {
    this.#runKey = runKey;
    this.#nextKey = nextKey;
  }

  /** Must be called before exchanges of these endpoints are offered. */
  async load(session: PostgresSession, endpoints: Iterable<number>): Promise<void> {
    const missing = [...new Set(endpoints)].filter((endpointKey) => !this.#steps.has(endpointKey));
    if (missing.length === 0) return;
    const { rows } = await session.query<KeptExchange>(
      `SELECT key, day, endpoint_key AS "endpointKey", step, candidate_ms AS "candidateMs" FROM slow_exchange
       WHERE run_key = $1 AND endpoint_key = ANY ($2)`,
      [this.#runKey, missing],
    );
    const kept = Map.groupBy(rows, ({ endpointKey }) => endpointKey);
    for (const endpointKey of missing)
      this.#steps.set(
        endpointKey,
        Map.groupBy(kept.get(endpointKey) ?? [], ({ step }) => step),
      );
  }

  offer(endpointKey: number, exchange: SlowExchange): void {
    const { candidateMs, at } = exchange;
    const step = latencyStep(candidateMs);
    const steps = this.#steps.get(endpointKey) ?? new Map<number, readonly KeptExchange[]>();
    const offered = { key: this.#nextKey(), day: dayOf(at), endpointKey, step, candidateMs, exchange };
    const slowestFirst = [...(steps.get(step) ?? []), offered].toSorted(
      (one, other) => other.candidateMs - one.candidateMs || other.key - one.key,
    );
    const dropped = slowestFirst.splice(SLOWEST_PER_STEP);
    this.#inserted.add(offered);
    for (const each of dropped) if (!this.#inserted.delete(each)) this.#deleted.push(each);
    steps.set(step, slowestFirst);
    this.#steps.set(endpointKey, steps);
  }

  async write(session: PostgresSession): Promise<void> {
    const rows = Array.from(this.#inserted, (kept) => ({ ...kept, ...(kept.exchange as SlowExchange) }));
    for (const kept of this.#inserted) kept.exchange = null;
    this.#inserted.clear();
    await writeRows(session, DELETE, this.#runKey, this.#deleted.splice(0));
    await writeRows(session, INSERT, this.#runKey, rows);
  }
}
