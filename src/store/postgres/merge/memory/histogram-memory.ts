import type { BatchSums } from "../../../counting/batch-sums.ts";
import { addToHistogram, type HistogramCounts } from "../../../packing/latency-histogram.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { dayOfMinute } from "../days.ts";
import { insertInto, type RowStatement, rowStatement, selectRows, writeRows } from "../write-rows.ts";

/** Of one minute: of an endpoint, or of all endpoints of a candidate. */
interface HistogramPlace {
  readonly day: number;
  readonly minute: number;
  readonly owner: number | string;
}

interface HistogramRow extends HistogramPlace {
  readonly histogram: Uint8Array;
}

/** Older ones are loaded again if they are counted. */
const MINUTES_IN_MEMORY = 3;

/** The histograms of one table, in memory: those of the latest minutes. */
class HistogramTable {
  readonly #runKey: number;
  readonly #select: RowStatement<HistogramPlace>;
  readonly #put: RowStatement<HistogramRow>;
  readonly #known = new Map<string, HistogramRow>();
  #latest = 0;

  /** @param owner column of the endpoint or candidate */
  constructor(runKey: number, table: string, owner: readonly [column: string, type: "integer" | "text"]) {
    const [column, type] = owner;
    const place = [
      ["day", "day", "integer"],
      ["minute", "minute", "integer"],
      ["owner", column, type],
    ] as const;
    this.#runKey = runKey;
    this.#select = rowStatement(
      place,
      (rows) =>
        `SELECT day, minute, ${column} AS owner, histogram FROM ${table} JOIN ${rows} USING (day, minute, ${column})
         WHERE run_key = $1`,
    );
    this.#put = insertInto<HistogramRow>(
      table,
      [...place, ["histogram", "histogram", "bytea"]],
      `ON CONFLICT (run_key, day, ${column}, minute) DO UPDATE SET histogram = excluded.histogram`,
    );
  }

  async add(
    session: PostgresSession,
    changes: readonly { readonly minute: number; readonly owner: number | string; readonly change: HistogramCounts }[],
  ): Promise<void> {
    const places = changes.map(({ minute, owner }) => ({ day: dayOfMinute(minute), minute, owner }));
    const missing = places.filter((place) => !this.#known.has(nameOf(place)));
    const stored = await selectRows<HistogramPlace, HistogramRow>(session, this.#select, this.#runKey, missing);
    for (const row of stored) this.#known.set(nameOf(row), row);
    const rows = changes.map(({ minute, owner, change }): HistogramRow => {
      const place = { day: dayOfMinute(minute), minute, owner };
      const row = { ...place, histogram: addToHistogram(this.#known.get(nameOf(place))?.histogram, change) };
      this.#known.set(nameOf(place), row);
      this.#latest = Math.max(this.#latest, minute);
      return row;
    });
    await writeRows(session, this.#put, this.#runKey, rows);
    for (const [name, { minute }] of this.#known)
      if (minute <= this.#latest - MINUTES_IN_MEMORY) this.#known.delete(name);
  }
}

function nameOf({ minute, owner }: Pick<HistogramPlace, "minute" | "owner">): string {
  return `${minute}\n${owner}`;
}

/** Histograms of durations per minute and endpoint, and per minute for all endpoints. */
export class HistogramMemory {
  readonly #ofEndpoints: HistogramTable;
  readonly #ofAll: HistogramTable;

  constructor(runKey: number) {
    this.#ofEndpoints = new HistogramTable(runKey, "latency", ["endpoint_key", "integer"]);
    this.#ofAll = new HistogramTable(runKey, "latency_of_all", ["candidate", "text"]);
  }

  /** Must run within a transaction that has the tables of the days. */
  async add(
    session: PostgresSession,
    { latencies, latenciesOfAll }: Pick<BatchSums, "latencies" | "latenciesOfAll">,
  ): Promise<void> {
    const ofEndpoints = Array.from(latencies.rows(), ({ key: [minute, owner], histogram }) => {
      return { minute, owner, change: histogram };
    });
    const ofAll = Array.from(latenciesOfAll.rows(), ({ key: [owner, minute], histogram }) => {
      return { minute, owner, change: histogram };
    });
    await this.#ofEndpoints.add(session, ofEndpoints);
    await this.#ofAll.add(session, ofAll);
  }
}
