import type { BatchSums } from "../../../counting/batch-sums.ts";
import type { ParameterRows } from "../../../counting/parameter-writer.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { insertInto, writeRows } from "../write-rows.ts";

interface CountsOfSet {
  readonly setKey: number;
  readonly counts: string;
}

const PUT = insertInto<CountsOfSet>(
  "parameter_counts",
  [
    ["setKey", "set_key", "integer"],
    ["counts", "counts", "text"],
  ],
  "ON CONFLICT (run_key, set_key) DO UPDATE SET counts = excluded.counts",
);

/** The counts of sets by query parameter, in memory: those of the endpoints that were counted since it was created. */
export class ParameterMemory implements ParameterRows {
  readonly #runKey: number;
  readonly #counts = new Map<number, string>();
  readonly #setsOfEndpoint = new Map<number, Set<number>>();
  readonly #changed = new Set<number>();

  constructor(runKey: number) {
    this.#runKey = runKey;
  }

  /** Must be called before the sums are added. */
  async load(session: PostgresSession, { queries }: Pick<BatchSums, "queries">): Promise<void> {
    const missing = new Set<number>();
    for (const { key } of queries.rows()) if (!this.#setsOfEndpoint.has(key[0])) missing.add(key[0]);
    if (missing.size === 0) return;
    for (const endpointKey of missing) this.#setsOfEndpoint.set(endpointKey, new Set());
    const { rows } = await session.query<CountsOfSet & { readonly endpointKey: number }>(
      `SELECT endpoint_key AS "endpointKey", set_key AS "setKey", counts
       FROM outcome_set JOIN parameter_counts
         ON parameter_counts.run_key = outcome_set.run_key AND set_key = outcome_set.key
       WHERE outcome_set.run_key = $1 AND endpoint_key = ANY ($2)`,
      [this.#runKey, [...missing]],
    );
    for (const { endpointKey, setKey, counts } of rows) {
      this.#counts.set(setKey, counts);
      this.#setsOfEndpoint.get(endpointKey)?.add(setKey);
    }
  }

  get(setKey: number): string | undefined {
    return this.#counts.get(setKey);
  }

  put(setKey: number, counts: string): void {
    this.#counts.set(setKey, counts);
    this.#changed.add(setKey);
  }

  ofEndpoint(endpointKey: number): readonly string[] {
    const sets = this.#setsOfEndpoint.get(endpointKey) ?? new Set<number>();
    return [...sets].flatMap((setKey) => this.#counts.get(setKey) ?? []);
  }

  async write(session: PostgresSession): Promise<void> {
    const rows = [...this.#changed].map((setKey) => ({ setKey, counts: this.#counts.get(setKey) ?? "" }));
    this.#changed.clear();
    await writeRows(session, PUT, this.#runKey, rows);
  }
}
