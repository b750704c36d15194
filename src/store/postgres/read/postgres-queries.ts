import type { Mark } from "../../../model/explain/mark.ts";
import type { Isolation } from "../../../model/isolate/isolation.ts";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { LostReplica } from "../../../model/shared/lost-replica.ts";
import type { AccountingCount } from "../../../model/accounting.ts";
import type { TimedExchange } from "../../../model/latency.ts";
import type { AuditEntry, Review } from "../../../model/review.ts";
import type { Rule, RuleHitCount } from "../../../model/rule.ts";
import type { Run } from "../../../model/run.ts";
import type { Sample } from "../../../model/sample.ts";
import type { KeptApart } from "../../../model/views/templates.ts";
import { sumRuleHits } from "../../folding/sum-rows.ts";
import { unpackHistograms } from "../../packing/latency-histogram.ts";
import type { RunRow } from "../../packing/run-rows.ts";
import type { EndpointName, LatencyMinute, SampleFilter, SampleSummary, TimedExchangeFilter } from "../../store.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { selectIsolations, selectMarks } from "../event-transactions.ts";
import { selectReviews, selectRules } from "../rule-queries.ts";
import { SILENT_SECONDS } from "../silent-replicas.ts";
import { decodeStoredRun, RUN_COLUMNS } from "../stored-runs.ts";
import { decodeText, encodeText } from "../text-encoding.ts";
import { decodePosition, EndpointQueries } from "./endpoint-queries.ts";
import { KeptExchangeQueries } from "./kept-exchange-queries.ts";
import type { ReadCaches } from "./read-caches.ts";
import { selectColumns, selectRows } from "./select-rows.ts";

type HistogramColumns = [minute: number, histogram: Uint8Array];

/** The queries of a reader on one snapshot of the database. */
export class PostgresQueries {
  readonly #session: PostgresSession;
  readonly #endpoints: EndpointQueries;
  readonly #exchanges: KeptExchangeQueries;

  constructor(session: PostgresSession, caches: ReadCaches) {
    this.#session = session;
    this.#endpoints = new EndpointQueries(session, caches);
    this.#exchanges = new KeptExchangeQueries(session, this.#endpoints);
  }

  /** Merges and edits both only add to their numbers. */
  async version(): Promise<number> {
    const [row] = await selectRows<{ version: number }>(
      this.#session,
      "SELECT version + change AS version FROM merge_state CROSS JOIN shared_state",
    );
    return row?.version ?? 0;
  }

  async runs(): Promise<readonly Run[]> {
    const rows = await selectRows<RunRow>(
      this.#session,
      `SELECT ${RUN_COLUMNS} FROM run ORDER BY started_at DESC, id DESC`,
    );
    return rows.map(decodeStoredRun);
  }

  async lostReplicas(runId: string): Promise<readonly LostReplica[]> {
    const rows = await selectRows<LostReplica>(
      this.#session,
      `SELECT name, (extract(epoch FROM heartbeat_at) * 1000)::bigint AS "lastHeartbeatAt", uncommitted, rate,
         (extract(epoch FROM coalesce(lost_at, clock_timestamp()) - heartbeat_at) * 1000)::bigint AS "silentMs"
       FROM replica
       WHERE run_key = $1 AND ended_at IS NULL
         AND (lost_at IS NOT NULL OR heartbeat_at < clock_timestamp() - interval '${SILENT_SECONDS} seconds')
       ORDER BY heartbeat_at, key`,
      [await this.#endpoints.runKey(runId)],
    );
    return rows.map((row) => ({ ...row, name: decodeText(row.name) }));
  }

  async accounting(runId: string, candidate: string): Promise<readonly AccountingCount[]> {
    // The reason of requests in flight is the key of their replica, a slash and their proxy thread.
    const rows = await selectRows<AccountingCount>(
      this.#session,
      `SELECT fate, CASE fate WHEN 'inFlight' THEN substr(reason, strpos(reason, '/') + 1) WHEN 'interrupted' THEN ''
           ELSE reason END AS reason, sum(count) AS count
       FROM accounting WHERE run_key = $1 AND candidate = $2 GROUP BY 1, 2 ORDER BY 1, 2`,
      [await this.#endpoints.runKey(runId), encodeText(candidate)],
    );
    return rows.map(({ fate, reason, count }) => {
      return { minute: 0, candidate, fate, reason: decodeText(reason) as AccountingCount["reason"], count };
    });
  }

  outcomes(runId: string, candidate: string): ReturnType<EndpointQueries["outcomes"]> {
    return this.#endpoints.outcomes({ runId, candidate });
  }

  latencies(runId: string, candidate: string): ReturnType<EndpointQueries["latencies"]> {
    return this.#endpoints.latencies({ runId, candidate });
  }

  async latencyMinutes(
    runId: string,
    candidate: string,
    endpoint: string | undefined,
  ): Promise<readonly LatencyMinute[]> {
    const runKey = await this.#endpoints.runKey(runId);
    const histograms =
      endpoint === undefined
        ? await selectColumns<HistogramColumns>(
            this.#session,
            "SELECT minute, histogram FROM latency_of_all WHERE run_key = $1 AND candidate = $2 ORDER BY minute",
            [runKey, encodeText(candidate)],
          )
        : await selectColumns<HistogramColumns>(
            this.#session,
            `SELECT minute, histogram FROM latency
             JOIN endpoint ON endpoint.run_key = latency.run_key AND endpoint.key = endpoint_key
             WHERE latency.run_key = $1 AND endpoint_key = ANY ($2::int[]) ORDER BY minute, route, name`,
            [runKey, await this.#endpoints.keysOf({ runId, candidate }, endpoint)],
          );
    return histograms.map(([minute, histogram]) => ({ minute, series: unpackHistograms(histogram) }));
  }

  relations(runId: string, candidate: string): ReturnType<EndpointQueries["relations"]> {
    return this.#endpoints.relations({ runId, candidate });
  }

  statuses(runId: string, candidate: string): ReturnType<EndpointQueries["statuses"]> {
    return this.#endpoints.statuses({ runId, candidate });
  }

  failures(runId: string, candidate: string): ReturnType<EndpointQueries["failures"]> {
    return this.#endpoints.failures({ runId, candidate });
  }

  async ruleHits(runId: string, candidate: string): Promise<readonly RuleHitCount[]> {
    const folder = await this.#endpoints.folder(runId);
    const hits = await selectRows<RuleHitCount>(
      this.#session,
      `SELECT rule, route, name AS endpoint, count FROM rule_hit
       JOIN endpoint ON endpoint.run_key = rule_hit.run_key AND endpoint.key = endpoint_key
       WHERE rule_hit.run_key = $1 AND candidate = $2 ORDER BY rule, route, name`,
      [await this.#endpoints.runKey(runId), encodeText(candidate)],
    );
    return sumRuleHits(
      hits.map(({ rule, route, endpoint, count }) => {
        const own = { route: decodeText(route), endpoint: decodeText(endpoint) };
        return { rule: decodeText(rule), route: own.route, endpoint: folder.nameOf(own), candidate, count };
      }),
    );
  }

  blocks(runId: string, candidate: string): ReturnType<EndpointQueries["blocks"]> {
    return this.#endpoints.blocks({ runId, candidate });
  }

  attributes(runId: string, candidate: string, endpoint?: EndpointName): ReturnType<EndpointQueries["attributes"]> {
    return this.#endpoints.attributes({ runId, candidate }, endpoint);
  }

  marks(runId: string): Promise<readonly Mark[]> {
    return selectMarks(this.#session, runId);
  }

  isolations(runId: string, candidate?: string): Promise<readonly Isolation[]> {
    return selectIsolations(this.#session, runId, candidate);
  }

  rules(): Promise<readonly Rule[]> {
    return selectRules(this.#session);
  }

  reviews(): Promise<readonly Review[]> {
    return selectReviews(this.#session);
  }

  templates(): Promise<readonly LearnedTemplate[]> {
    return this.#endpoints.templates();
  }

  async keptApart(): Promise<readonly KeptApart[]> {
    const rows = await selectRows<KeptApart>(
      this.#session,
      `SELECT route, method, parent, decided_by AS by, decided_at AS at FROM kept_apart ORDER BY route, method, parent`,
    );
    return rows.map(decodePosition);
  }

  async audit(limit: number): Promise<readonly AuditEntry[]> {
    const rows = await selectRows<AuditEntry>(
      this.#session,
      "SELECT at, by, what FROM audit ORDER BY at DESC, key DESC LIMIT $1",
      [limit],
    );
    return rows.map(({ at, by, what }) => ({ at, by: decodeText(by), what: decodeText(what) }));
  }

  samples(runId: string, candidate: string, filter: SampleFilter): Promise<readonly SampleSummary[]> {
    return this.#exchanges.samples({ runId, candidate }, filter);
  }

  sample(runId: string, id: string, candidate: string): Promise<Sample | undefined> {
    return this.#exchanges.sample({ runId, candidate }, id);
  }

  timedExchanges(runId: string, candidate: string, filter: TimedExchangeFilter): Promise<readonly TimedExchange[]> {
    return this.#exchanges.timedExchanges({ runId, candidate }, filter);
  }
}
