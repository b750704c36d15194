import type { Database } from "better-sqlite3";
import type { AccountingCount } from "../../model/accounting.ts";
import type { Sample } from "../../model/difference.ts";
import type { Gate, Run } from "../../model/run.ts";
import type { LatencyMinute, LatencyRow, OutcomeRow, SampleFilter, SampleHead, StoreReader } from "../store.ts";
import { decodeFields, SERIES } from "./codes.ts";
import { openForReading } from "./database.ts";
import { createFileGuard } from "./file-guard.ts";
import { decodeHead, decodeSample, type LegRow, type SampleHeadRow, type SampleRow } from "./samples.ts";

/**
 * Opens a database for screens and reports; a writer may go on beside it, and each answer shows its last commit.
 * @throws Error that names the path and says what is wrong: missing, no database of shadowdiff, made by another version
 */
export function openSqliteReader(
  path: string,
  options: { readonly migrations?: string | undefined } = {},
): StoreReader {
  return new SqliteReader(openForReading(path, options.migrations), createFileGuard(path));
}

type RunRow = Omit<Run, "candidates" | "gate"> & { readonly candidates: string; readonly gate: string };
type OutcomeSetRow = Pick<OutcomeRow, "route" | "endpoint" | "candidate" | "count"> &
  Record<"paired" | "overflow" | "beyondCap", number> & { readonly fields: string };
/** The series as its number. */
type Coded<Row extends LatencyRow> = Omit<Row, "series"> & { readonly series: number };

class SqliteReader implements StoreReader {
  readonly #db: Database;
  readonly #guardFile: () => void;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database, guardFile: () => void) {
    this.#db = db;
    this.#guardFile = guardFile;
    this.#statements = prepareStatements(db);
  }

  /** Every question passes here. */
  get #ask(): ReturnType<typeof prepareStatements> {
    this.#guardFile();
    return this.#statements;
  }

  snapshot<Result>(read: () => Result): Result {
    return this.#db.transaction(read)();
  }

  runs(): readonly Run[] {
    return this.#ask.runs.all().map(({ candidates, gate, ...run }) => ({
      ...run,
      candidates: JSON.parse(candidates) as string[],
      gate: JSON.parse(gate) as Gate,
    }));
  }

  accounting(runId: string, candidate: string): readonly AccountingCount[] {
    return this.#ask.accounting.all(runId, candidate);
  }

  outcomes(runId: string, candidate: string): readonly OutcomeRow[] {
    return this.#ask.outcomes.all(runId, candidate).map((row) => ({
      ...row,
      paired: row.paired === 1,
      overflow: row.overflow === 1,
      beyondCap: row.beyondCap === 1,
      fields: decodeFields(row.fields),
    }));
  }

  latencies(runId: string, candidate: string): readonly LatencyRow[] {
    return this.#ask.latencies.all(runId, candidate).map(withSeries);
  }

  latencyMinutes(runId: string, candidate: string, endpoint: string | undefined): readonly LatencyMinute[] {
    const rows =
      endpoint === undefined
        ? this.#ask.latencyMinutes.all(runId, candidate)
        : this.#ask.latencyMinutesOf.all(runId, candidate, endpoint);
    return rows.map(withSeries);
  }

  samples(runId: string, candidate: string, filter: SampleFilter): readonly SampleHead[] {
    const { endpoint = null, section = null, path = null, limit } = filter;
    return this.#ask.samples.all({ runId, candidate, endpoint, section, path, limit }).map(decodeHead);
  }

  sample(runId: string, id: string, candidate: string): Sample | undefined {
    const row = this.#ask.sample.get(runId, id, candidate);
    return row === undefined ? undefined : decodeSample(row, this.#statements.legs.all(row.key));
  }

  close(): void {
    this.#db.close();
  }
}

function withSeries<Row extends LatencyRow>(row: Coded<Row>): Row {
  return { ...row, series: SERIES[row.series] } as unknown as Row;
}

interface SampleQuery {
  readonly runId: string;
  readonly candidate: string;
  readonly endpoint: string | null;
  readonly section: string | null;
  readonly path: string | null;
  readonly limit: number;
}

const RUN = "run_key = (SELECT key FROM run WHERE id = ?)";
const HEAD = `sample.id, at, route, endpoint.name AS endpoint, candidate, method, target, fields,
  primary_status AS primaryStatus, candidate_status AS candidateStatus`;

function prepareStatements(db: Database) {
  return {
    runs: db.prepare<[], RunRow>(
      `SELECT id, name, started_at AS startedAt, primary_subset AS "primary", candidates, secondary_subset AS secondary, gate
       FROM run ORDER BY started_at DESC, id DESC`,
    ),
    accounting: db.prepare<[string, string], AccountingCount>(
      `SELECT 0 AS minute, candidate, fate, reason, sum(count) AS count FROM accounting
       WHERE ${RUN} AND candidate = ? GROUP BY fate, reason ORDER BY fate, reason`,
    ),
    outcomes: db.prepare<[string, string], OutcomeSetRow>(
      `SELECT route, name AS endpoint, candidate, paired, overflow, beyond_cap AS beyondCap, fields, count
       FROM endpoint JOIN outcome_set ON endpoint_key = endpoint.key JOIN tally_total ON set_key = outcome_set.key
       WHERE ${RUN} AND candidate = ? ORDER BY route, name, outcome_set.key`,
    ),
    latencies: db.prepare<[string, string], Coded<LatencyRow>>(
      `SELECT route, name AS endpoint, series, bucket, count
       FROM endpoint JOIN latency_total ON endpoint_key = endpoint.key
       WHERE ${RUN} AND candidate = ? ORDER BY route, name, series, bucket`,
    ),
    latencyMinutes: db.prepare<[string, string], Coded<LatencyMinute>>(
      `SELECT minute, '' AS route, '' AS endpoint, series, bucket, sum(count) AS count
       FROM latency JOIN endpoint ON endpoint.key = endpoint_key
       WHERE latency.${RUN} AND candidate = ? GROUP BY minute, series, bucket ORDER BY minute, series, bucket`,
    ),
    // The minutes of a run are found by stepping from one to the next, which skips the rows of all other endpoints.
    // CROSS JOIN is SQLite's word for keeping this order of the tables.
    latencyMinutesOf: db.prepare<[string, string, string], Coded<LatencyMinute>>(
      `WITH RECURSIVE of_run (run_key) AS (SELECT key FROM run WHERE id = ?),
       step (run_key, minute) AS (
         SELECT run_key, (SELECT min(minute) FROM latency WHERE run_key = of_run.run_key) FROM of_run
         UNION ALL
         SELECT run_key, (SELECT min(minute) FROM latency WHERE run_key = step.run_key AND minute > step.minute)
         FROM step WHERE minute IS NOT NULL)
       SELECT step.minute, route, name AS endpoint, series, bucket, count
       FROM step
       CROSS JOIN endpoint ON endpoint.run_key = step.run_key AND candidate = ? AND name = ?
       CROSS JOIN latency ON latency.run_key = step.run_key AND latency.minute = step.minute AND endpoint_key = endpoint.key
       ORDER BY step.minute, route, series, bucket`,
    ),
    samples: db.prepare<[SampleQuery], SampleHeadRow>(
      `SELECT ${HEAD} FROM sample JOIN endpoint ON endpoint.key = endpoint_key
       WHERE sample.run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate
         AND (@endpoint IS NULL OR endpoint.name = @endpoint)
         AND ((@section IS NULL AND @path IS NULL) OR EXISTS (
           SELECT 1 FROM sample_field WHERE sample_key = sample.key
             AND (@section IS NULL OR section = @section) AND (@path IS NULL OR path = @path)))
       ORDER BY at DESC, sample.key DESC LIMIT @limit`,
    ),
    sample: db.prepare<[string, string, string], SampleRow>(
      `SELECT sample.key, headers, differences, ${HEAD} FROM sample JOIN endpoint ON endpoint.key = endpoint_key
       WHERE sample.${RUN} AND sample.id = ? AND candidate = ?`,
    ),
    legs: db.prepare<[number], LegRow>("SELECT role, head, content FROM sample_leg WHERE sample_key = ?"),
  };
}
