import type { Database } from "better-sqlite3";
import type { LatencyPair } from "../../../model/latency.ts";
import type { Run } from "../../../model/run.ts";
import type { InternedKeys } from "./interned-keys.ts";
import { LatencyPairReservoir } from "../latency-pair-reservoir.ts";

/** Endpoints whose reservoir is cached in memory, 16 KB each. */
const MAX_IN_MEMORY = 1_000;

interface CachedReservoir {
  readonly runKey: number;
  readonly reservoir: LatencyPairReservoir;
  changed: boolean;
}

/**
 * Maintains the latency reservoirs of all endpoints. At first nearly every exchange changes one, so they are updated in memory
 * and written about once a second. If the process is killed, the pairs since the last write are lost.
 */
export class LatencyPairWriter {
  readonly #keys: InternedKeys;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** By endpoint key. */
  readonly #cached = new Map<number, CachedReservoir>();

  constructor(db: Database, keys: InternedKeys) {
    this.#keys = keys;
    this.#statements = prepareStatements(db);
  }

  get hasChanged(): boolean {
    return this.#cached.values().some(({ changed }) => changed);
  }

  /**
   * Must run within the transaction of the batches.
   * @returns adds the pairs to the reservoirs; call it after the commit
   */
  stage(run: Run, pairs: readonly LatencyPair[]): () => void {
    const runKey = this.#keys.run(run);
    const staged = pairs.map((pair) => ({ pair, cached: this.#load(runKey, this.#keys.endpoint(run, pair)) }));
    return () => {
      for (const { pair, cached } of staged) if (cached.reservoir.offer(pair)) cached.changed = true;
    };
  }

  /** Must run within a transaction. @returns marks the reservoirs as written; call it after the commit */
  write(): () => void {
    const changed = [...this.#cached].filter(([, cached]) => cached.changed);
    for (const [key, { runKey, reservoir }] of changed) this.#statements.write.run(reservoir.pack(), key, runKey);
    return () => {
      for (const [, cached] of changed) cached.changed = false;
      if (this.#cached.size > MAX_IN_MEMORY) this.#cached.clear();
    };
  }

  /** Clears the cache. Call it after retention, which can delete endpoints; write first. */
  forget(): void {
    this.#cached.clear();
  }

  #load(runKey: number, endpointKey: number): CachedReservoir {
    const known = this.#cached.get(endpointKey);
    if (known?.runKey === runKey) return known;
    const packed = this.#statements.read.get(endpointKey);
    const reservoir = packed === undefined ? new LatencyPairReservoir() : LatencyPairReservoir.unpack(packed);
    const cached: CachedReservoir = { runKey, reservoir, changed: false };
    this.#cached.set(endpointKey, cached);
    return cached;
  }
}

function prepareStatements(db: Database) {
  return {
    read: db.prepare<[number], Uint8Array>("SELECT pairs FROM latency_pair WHERE endpoint_key = ?").pluck(),
    // Retention in another process could have deleted the endpoint.
    write: db.prepare<[Uint8Array, number, number]>(
      `INSERT INTO latency_pair (endpoint_key, pairs) SELECT key, ? FROM endpoint WHERE key = ? AND run_key = ?
       ON CONFLICT DO UPDATE SET pairs = excluded.pairs`,
    ),
  };
}
