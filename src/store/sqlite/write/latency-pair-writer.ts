import type { Database } from "better-sqlite3";
import type { LatencyPair } from "../../../model/latency.ts";
import type { Run } from "../../../model/run.ts";
import type { Keys } from "./interned-keys.ts";
import { PairSample } from "../latency-pairs.ts";

/** Endpoints whose sample stays in memory, 16 KB each; others are read again when they are needed. */
const MAX_IN_MEMORY = 1_000;

interface Kept {
  readonly runKey: number;
  readonly sample: PairSample;
  changed: boolean;
}

/**
 * The latency samples of all endpoints. They change with nearly every exchange at first, so they are changed in memory, and
 * written as a whole now and then: whoever is killed loses what came since.
 */
export class PairKeeper {
  readonly #keys: Keys;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** By the endpoint's key. */
  readonly #kept = new Map<number, Kept>();

  constructor(db: Database, keys: Keys) {
    this.#keys = keys;
    this.#statements = prepareStatements(db);
  }

  get hasChanged(): boolean {
    return this.#kept.values().some(({ changed }) => changed);
  }

  /** Within the transaction of the pairs' batches. @returns to be called when that has been committed: only then they count */
  stage(run: Run, pairs: readonly LatencyPair[]): () => void {
    const runKey = this.#keys.run(run);
    const staged = pairs.map((pair) => ({ pair, kept: this.#of(runKey, this.#keys.endpoint(run, pair)) }));
    return () => {
      for (const { pair, kept } of staged) if (kept.sample.offer(pair)) kept.changed = true;
    };
  }

  /** Within a transaction. @returns to be called when that has been committed */
  write(): () => void {
    const changed = [...this.#kept].filter(([, kept]) => kept.changed);
    for (const [key, { runKey, sample }] of changed) this.#statements.write.run(sample.pack(), key, runKey);
    return () => {
      for (const [, kept] of changed) kept.changed = false;
      if (this.#kept.size > MAX_IN_MEMORY) this.#kept.clear();
    };
  }

  /** When endpoints may be gone. Only after everything was written. */
  forget(): void {
    this.#kept.clear();
  }

  #of(runKey: number, endpointKey: number): Kept {
    const known = this.#kept.get(endpointKey);
    if (known?.runKey === runKey) return known;
    const packed = this.#statements.read.get(endpointKey);
    const sample = packed === undefined ? new PairSample() : PairSample.unpack(packed);
    const kept: Kept = { runKey, sample, changed: false };
    this.#kept.set(endpointKey, kept);
    return kept;
  }
}

function prepareStatements(db: Database) {
  return {
    read: db.prepare<[number], Uint8Array>("SELECT pairs FROM latency_pair WHERE endpoint_key = ?").pluck(),
    // Another process may have deleted the endpoint, as too old.
    write: db.prepare<[Uint8Array, number, number]>(
      `INSERT INTO latency_pair (endpoint_key, pairs) SELECT key, ? FROM endpoint WHERE key = ? AND run_key = ?
       ON CONFLICT DO UPDATE SET pairs = excluded.pairs`,
    ),
  };
}
