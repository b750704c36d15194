import type { Database } from "better-sqlite3";
import type { LostReplica } from "../../../model/shared/lost-replica.ts";
import type { AccountingCount } from "../../../model/accounting.ts";
import type { TimedExchange } from "../../../model/latency.ts";
import type { Sample } from "../../../model/sample.ts";
import type { AuditEntry, Review } from "../../../model/review.ts";
import type { Rule, RuleHitCount } from "../../../model/rule.ts";
import type { Run } from "../../../model/run.ts";
import type { Mark } from "../../../model/explain/mark.ts";
import type { Isolation } from "../../../model/isolate/isolation.ts";
import type {
  EndpointName,
  LatencyMinute,
  SampleField,
  SampleFilter,
  SampleSummary,
  TimedExchangeFilter,
} from "../../store.ts";
import { sumRuleHits } from "../../folding/sum-rows.ts";
import type { FileGuard } from "../file-guard.ts";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { KeptApart } from "../../../model/views/templates.ts";
import { createEventQueries } from "../event-queries.ts";
import { createKeptApartQuery, createTemplateQuery } from "../learned-template-queries.ts";
import { createAuditQuery, createReviewQuery, createRuleQuery } from "../rule-and-review-queries.ts";
import { EndpointReader } from "./endpoint-reader.ts";
import { createSampleQuery, SUMMARY_COLUMNS } from "./sample-query.ts";
import { createTimedExchangeQuery } from "./timed-exchange-query.ts";
import { unpackHistograms } from "../../packing/latency-histogram.ts";
import { decodeRun, type RunRow } from "../../packing/run-rows.ts";
import { decodeSummary, decodeSample, type LegRow, type SampleRow } from "../../packing/sample-rows.ts";

type HistogramRow = readonly [minute: number, histogram: Uint8Array];

/** The queries of a reader on one connection. Each throws an error of SQLite if the database cannot be read. */
export class SqliteQueries {
  readonly #db: Database;
  readonly #guard: FileGuard;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #endpoints: EndpointReader;

  constructor(db: Database, guard: FileGuard) {
    this.#db = db;
    this.#guard = guard;
    this.#statements = prepareStatements(db);
    this.#endpoints = new EndpointReader(db);
  }

  /** Every query goes through this or the next getter, which check the file first. */
  get #queries(): ReturnType<typeof prepareStatements> {
    this.#guard.check();
    return this.#statements;
  }

  get #endpointQueries(): EndpointReader {
    this.#guard.check();
    return this.#endpoints;
  }

  version(): number {
    this.#guard.check();
    return this.#db.pragma("data_version", { simple: true }) as number;
  }

  /** Begins a read transaction: the queries up to its end see one state of the database. */
  beginSnapshot(): void {
    this.#db.exec("BEGIN");
  }

  endSnapshot(): void {
    // An error of SQLite can have ended it.
    if (this.#db.inTransaction) this.#db.exec("COMMIT");
  }

  runs(): readonly Run[] {
    return this.#queries.runs.all().map(decodeRun);
  }

  /** Proxies that are killed with their process have left no row. */
  lostReplicas(): readonly LostReplica[] {
    return [];
  }

  accounting(runId: string, candidate: string): readonly AccountingCount[] {
    return this.#queries.accounting.all(runId, candidate);
  }

  outcomes(runId: string, candidate: string): ReturnType<EndpointReader["outcomes"]> {
    return this.#endpointQueries.outcomes({ runId, candidate });
  }

  latencies(runId: string, candidate: string): ReturnType<EndpointReader["latencies"]> {
    return this.#endpointQueries.latencies({ runId, candidate });
  }

  latencyMinutes(runId: string, candidate: string, endpoint: string | undefined): readonly LatencyMinute[] {
    const histograms =
      endpoint === undefined
        ? this.#queries.latencyMinutes.all(runId, candidate)
        : this.#queries.latencyMinutesOf.all({ runId, candidate, keys: this.#keysOf(runId, candidate, endpoint) });
    return histograms.map(([minute, histogram]) => ({ minute, series: unpackHistograms(histogram) }));
  }

  relations(runId: string, candidate: string): ReturnType<EndpointReader["relations"]> {
    return this.#endpointQueries.relations({ runId, candidate });
  }

  failures(runId: string, candidate: string): ReturnType<EndpointReader["failures"]> {
    return this.#endpointQueries.failures({ runId, candidate });
  }

  statuses(runId: string, candidate: string): ReturnType<EndpointReader["statuses"]> {
    return this.#endpointQueries.statuses({ runId, candidate });
  }

  ruleHits(runId: string, candidate: string): readonly RuleHitCount[] {
    const { folder } = this.#endpointQueries;
    const hits = this.#queries.ruleHits.all(runId, candidate);
    return sumRuleHits(hits.map((hit) => ({ ...hit, endpoint: folder.nameOf(hit) })));
  }

  blocks(runId: string, candidate: string): ReturnType<EndpointReader["blocks"]> {
    return this.#endpointQueries.blocks({ runId, candidate });
  }

  attributes(runId: string, candidate: string, endpoint?: EndpointName): ReturnType<EndpointReader["attributes"]> {
    return this.#endpointQueries.attributes({ runId, candidate }, endpoint);
  }

  marks(runId: string): readonly Mark[] {
    return this.#queries.events.marks(runId);
  }

  isolations(runId: string, candidate?: string): readonly Isolation[] {
    return this.#queries.events.isolations(runId, candidate);
  }

  rules(): readonly Rule[] {
    return this.#queries.rules();
  }

  templates(): readonly LearnedTemplate[] {
    return this.#queries.templates();
  }

  keptApart(): readonly KeptApart[] {
    return this.#queries.keptApart();
  }

  reviews(): readonly Review[] {
    return this.#queries.reviews();
  }

  audit(limit: number): readonly AuditEntry[] {
    return this.#queries.audit(limit);
  }

  samples(runId: string, candidate: string, filter: SampleFilter): readonly SampleSummary[] {
    const { endpoint, section = null, path = null, under = null, query = null, withoutQuery = null, limit } = filter;
    const { folder } = this.#endpointQueries;
    const keys = endpoint === undefined ? null : this.#keysOf(runId, candidate, endpoint);
    const fields = filter.fields === undefined ? null : this.#fieldsOf(runId, candidate, filter.fields);
    return this.#queries.samples
      .all({ runId, candidate, keys, section, path, under, fields, query, withoutQuery, limit })
      .map(decodeSummary)
      .map((summary) => ({ ...summary, endpoint: folder.nameOf(summary) }));
  }

  sample(runId: string, id: string, candidate: string): Sample | undefined {
    const row = this.#queries.sample.get(runId, id, candidate);
    if (row === undefined) return undefined;
    const sample = decodeSample(row, this.#statements.legs.all(row.key));
    return { ...sample, endpoint: this.#endpointQueries.folder.nameOf(sample) };
  }

  timedExchanges(
    runId: string,
    candidate: string,
    { endpoint, ...filter }: TimedExchangeFilter,
  ): readonly TimedExchange[] {
    const { folder } = this.#endpointQueries;
    const keys = endpoint === undefined ? null : this.#keysOf(runId, candidate, endpoint);
    const exchanges = this.#queries.timedExchanges({ runId, candidate, keys, ...filter });
    return exchanges.map((each) => ({ ...each, endpoint: folder.nameOf(each) }));
  }

  close(): void {
    this.#db.close();
  }

  /** A JSON array of endpoint key, section, path and kind. */
  #fieldsOf(runId: string, candidate: string, fields: readonly SampleField[]): string {
    const byEndpoint = Map.groupBy(fields, ({ endpoint }) => endpoint);
    const rows = [...byEndpoint].flatMap(([endpoint, own]) =>
      this.#endpointQueries
        .keysOf({ runId, candidate }, endpoint)
        .flatMap((key) => own.map(({ section, path, kind }) => [key, section, path, kind])),
    );
    return JSON.stringify(rows);
  }

  /** A JSON array of the keys of the endpoints that are reported under a name. */
  #keysOf(runId: string, candidate: string, endpoint: string): string {
    return JSON.stringify(this.#endpointQueries.keysOf({ runId, candidate }, endpoint));
  }
}

interface LatencyQuery {
  readonly runId: string;
  readonly candidate: string;
  readonly keys: string;
}

const OF_RUN = "run_key = (SELECT key FROM run WHERE id = ?)";

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
      .prepare<[LatencyQuery], HistogramRow>(
        `SELECT latency.minute, latency.histogram
         FROM json_each(@keys)
         CROSS JOIN endpoint ON endpoint.key = value
         CROSS JOIN latency_of_all AS one USING (run_key, candidate)
         CROSS JOIN latency ON latency.run_key = one.run_key AND latency.minute = one.minute AND endpoint_key = endpoint.key
         WHERE endpoint.run_key = (SELECT key FROM run WHERE id = @runId) AND endpoint.candidate = @candidate
         ORDER BY latency.minute, route, name`,
      )
      .raw(),
    ruleHits: db.prepare<[string, string], RuleHitCount>(
      `SELECT rule, route, name AS endpoint, candidate, count FROM endpoint JOIN rule_hit ON endpoint_key = endpoint.key
       WHERE ${OF_RUN} AND candidate = ? ORDER BY rule, route, name`,
    ),
    events: createEventQueries(db),
    rules: createRuleQuery(db),
    reviews: createReviewQuery(db),
    templates: createTemplateQuery(db),
    keptApart: createKeptApartQuery(db),
    audit: createAuditQuery(db),
    samples: createSampleQuery(db),
    sample: db.prepare<[string, string, string], SampleRow>(
      `SELECT sample.key, headers, differences, ${SUMMARY_COLUMNS} FROM sample JOIN endpoint ON endpoint.key = endpoint_key
       WHERE sample.${OF_RUN} AND sample.id = ? AND candidate = ?`,
    ),
    timedExchanges: createTimedExchangeQuery(db),
    legs: db.prepare<[number], LegRow>("SELECT role, head, content FROM sample_leg WHERE sample_key = ?"),
  };
}
