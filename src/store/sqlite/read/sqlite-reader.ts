import type { Database } from "better-sqlite3";
import type { AccountingCount } from "../../../model/accounting.ts";
import type { Sample } from "../../../model/sample.ts";
import type { AuditEntry, Review } from "../../../model/review.ts";
import type { Rule, RuleHitCount } from "../../../model/rule.ts";
import type { Gate, Run } from "../../../model/run.ts";
import type { LatencyMinute, LatencySample, SampleFilter, SampleSummary, StoreReader } from "../../store.ts";
import { openForReading, createFileGuard } from "../open-database.ts";
import { createAuditQuery, createReviewQuery, createRuleQuery } from "../rule-and-review-rows.ts";
import { EndpointReader } from "./endpoint-reader.ts";
import { unpackHistograms } from "../latency-histogram.ts";
import { decodeSummary, decodeSample, type LegRow, type SampleSummaryRow, type SampleRow } from "../sample-rows.ts";

/**
 * Opens a database for reports and the dashboard. Another process can write to it; each query sees the last commit.
 * @throws Error if the file is missing, is not a shadowdiff database or has another schema version; the message names the file
 */
export function openSqliteReader(
  path: string,
  options: { readonly migrations?: string | undefined } = {},
): StoreReader {
  return new SqliteReader(openForReading(path, options.migrations), createFileGuard(path));
}

type RunJson = "candidates" | "gate" | "labels" | "rules";
type RunRow = Omit<Run, RunJson> & Record<RunJson, string>;
type HistogramRow = readonly [minute: number, histogram: Uint8Array];

class SqliteReader implements StoreReader {
  readonly #db: Database;
  readonly #guardFile: () => void;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #endpoints: EndpointReader;

  constructor(db: Database, guardFile: () => void) {
    this.#db = db;
    this.#guardFile = guardFile;
    this.#statements = prepareStatements(db);
    this.#endpoints = new EndpointReader(db);
  }

  /** Every query goes through this or the next getter, which check the file first. */
  get #queries(): ReturnType<typeof prepareStatements> {
    this.#guardFile();
    return this.#statements;
  }

  get #endpointQueries(): EndpointReader {
    this.#guardFile();
    return this.#endpoints;
  }

  snapshot<Result>(read: () => Result): Result {
    return this.#db.transaction(read)();
  }

  runs(): readonly Run[] {
    return this.#queries.runs.all().map(({ candidates, gate, labels, rules, ...run }) => ({
      ...run,
      labels: JSON.parse(labels) as Run["labels"],
      candidates: JSON.parse(candidates) as string[],
      gate: JSON.parse(gate) as Gate,
      rules: JSON.parse(rules) as Rule[],
    }));
  }

  accounting(runId: string, candidate: string): readonly AccountingCount[] {
    return this.#queries.accounting.all(runId, candidate);
  }

  outcomes(runId: string, candidate: string): ReturnType<StoreReader["outcomes"]> {
    return this.#endpointQueries.outcomes(runId, candidate);
  }

  latencies(runId: string, candidate: string): ReturnType<StoreReader["latencies"]> {
    return this.#endpointQueries.latencies(runId, candidate);
  }

  latencyMinutes(runId: string, candidate: string, endpoint: string | undefined): readonly LatencyMinute[] {
    const histograms =
      endpoint === undefined
        ? this.#queries.latencyMinutes.all(runId, candidate)
        : this.#queries.latencyMinutesOf.all(runId, candidate, endpoint);
    return histograms.map(([minute, histogram]) => ({ minute, series: unpackHistograms(histogram) }));
  }

  relations(runId: string, candidate: string): ReturnType<StoreReader["relations"]> {
    return this.#endpointQueries.relations(runId, candidate);
  }

  statuses(runId: string, candidate: string): ReturnType<StoreReader["statuses"]> {
    return this.#endpointQueries.statuses(runId, candidate);
  }

  ruleHits(runId: string, candidate: string): readonly RuleHitCount[] {
    return this.#queries.ruleHits.all(runId, candidate);
  }

  latencyPairs(runId: string, candidate: string, endpoint?: string): readonly LatencySample[] {
    return this.#endpointQueries.latencyPairs(runId, candidate, endpoint);
  }

  rules(): readonly Rule[] {
    return this.#queries.rules();
  }

  reviews(): readonly Review[] {
    return this.#queries.reviews();
  }

  audit(limit: number): readonly AuditEntry[] {
    return this.#queries.audit(limit);
  }

  samples(runId: string, candidate: string, filter: SampleFilter): readonly SampleSummary[] {
    const { endpoint = null, section = null, path = null, limit } = filter;
    return this.#queries.samples.all({ runId, candidate, endpoint, section, path, limit }).map(decodeSummary);
  }

  sample(runId: string, id: string, candidate: string): Sample | undefined {
    const row = this.#queries.sample.get(runId, id, candidate);
    return row === undefined ? undefined : decodeSample(row, this.#statements.legs.all(row.key));
  }

  close(): void {
    this.#db.close();
  }
}

interface SampleQuery {
  readonly runId: string;
  readonly candidate: string;
  readonly endpoint: string | null;
  readonly section: string | null;
  readonly path: string | null;
  readonly limit: number;
}

const OF_RUN = "run_key = (SELECT key FROM run WHERE id = ?)";
const SUMMARY_COLUMNS = `sample.id, at, route, endpoint.name AS endpoint, candidate, method, target, fields,
  primary_status AS primaryStatus, candidate_status AS candidateStatus`;

function prepareStatements(db: Database) {
  return {
    runs: db.prepare<[], RunRow>(
      `SELECT id, name, started_at AS startedAt, ended_at AS endedAt, labels, primary_subset AS "primary", candidates,
         secondary_subset AS secondary, gate, rules
       FROM run ORDER BY started_at DESC, id DESC`,
    ),
    accounting: db.prepare<[string, string], AccountingCount>(
      `SELECT 0 AS minute, candidate, fate, reason, sum(count) AS count FROM accounting
       WHERE ${OF_RUN} AND candidate = ? GROUP BY fate, reason ORDER BY fate, reason`,
    ),
    latencyMinutes: db
      .prepare<[string, string], HistogramRow>(
        `SELECT minute, histogram FROM latency_of_all WHERE ${OF_RUN} AND candidate = ? ORDER BY minute`,
      )
      .raw(),
    // The minutes of a run are those of `latency_of_all`. In SQLite, CROSS JOIN fixes the order of the tables.
    latencyMinutesOf: db
      .prepare<[string, string, string], HistogramRow>(
        `SELECT latency.minute, latency.histogram
         FROM endpoint
         CROSS JOIN latency_of_all AS one USING (run_key, candidate)
         CROSS JOIN latency ON latency.run_key = one.run_key AND latency.minute = one.minute AND endpoint_key = endpoint.key
         WHERE endpoint.${OF_RUN} AND endpoint.candidate = ? AND name = ? ORDER BY latency.minute, route`,
      )
      .raw(),
    ruleHits: db.prepare<[string, string], RuleHitCount>(
      `SELECT rule, route, name AS endpoint, candidate, count FROM endpoint JOIN rule_hit ON endpoint_key = endpoint.key
       WHERE ${OF_RUN} AND candidate = ? ORDER BY rule, route, name`,
    ),
    rules: createRuleQuery(db),
    reviews: createReviewQuery(db),
    audit: createAuditQuery(db),
    samples: db.prepare<[SampleQuery], SampleSummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM sample JOIN endpoint ON endpoint.key = endpoint_key
       WHERE sample.run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate
         AND (@endpoint IS NULL OR endpoint.name = @endpoint)
         AND ((@section IS NULL AND @path IS NULL) OR EXISTS (
           SELECT 1 FROM sample_field WHERE sample_key = sample.key
             AND (@section IS NULL OR section = @section) AND (@path IS NULL OR path = @path)))
       ORDER BY at DESC, sample.key DESC LIMIT @limit`,
    ),
    sample: db.prepare<[string, string, string], SampleRow>(
      `SELECT sample.key, headers, differences, ${SUMMARY_COLUMNS} FROM sample JOIN endpoint ON endpoint.key = endpoint_key
       WHERE sample.${OF_RUN} AND sample.id = ? AND candidate = ?`,
    ),
    legs: db.prepare<[number], LegRow>("SELECT role, head, content FROM sample_leg WHERE sample_key = ?"),
  };
}
