import { hasQueryName } from "../../../endpoints/query-parameters.ts";
import type { Role } from "../../../model/capture.ts";
import type { TimedExchange } from "../../../model/latency.ts";
import type { Sample } from "../../../model/sample.ts";
import {
  decodeSample,
  decodeSummary,
  type LegRow,
  type SampleRow,
  type SampleSummaryRow,
} from "../../packing/sample-rows.ts";
import type { RunAndCandidate } from "../../reading/block-cache.ts";
import type { SampleField, SampleFilter, SampleSummary, TimedExchangeFilter } from "../../store.ts";
import type { PostgresSession } from "../connect/connection.ts";
import { decodeText, encodeText } from "../text-encoding.ts";
import type { EndpointQueries } from "./endpoint-queries.ts";
import { Conditions, selectColumns, selectRows } from "./select-rows.ts";

/** Targets that are read at once, in search of those that have a parameter. */
const PAGE = 5_000;
const LATENCY = {
  primary: `"primaryMs"`,
  candidate: `"candidateMs"`,
  secondary: `"secondaryMs"`,
} as const satisfies Record<Role, string>;
const SUMMARY_COLUMNS = `sample.key, sample.id, at, route, endpoint.name AS endpoint, candidate, method, target, fields,
  primary_status AS "primaryStatus", candidate_status AS "candidateStatus"`;
const SAMPLE_AND_ENDPOINT = `sample JOIN endpoint ON endpoint.run_key = sample.run_key AND endpoint.key = endpoint_key`;

interface SummaryRow extends SampleSummaryRow {
  readonly key: number;
}

type TargetColumns = [key: number, at: number, target: string];

/** Where a page of samples begins: after this one. */
interface PagePosition {
  readonly at: number;
  readonly key: number;
}

/** Reads samples and slow exchanges, on one snapshot of the database. */
export class KeptExchangeQueries {
  readonly #session: PostgresSession;
  readonly #endpoints: EndpointQueries;

  constructor(session: PostgresSession, endpoints: EndpointQueries) {
    this.#session = session;
    this.#endpoints = endpoints;
  }

  async samples(run: RunAndCandidate, filter: SampleFilter): Promise<readonly SampleSummary[]> {
    const folder = await this.#endpoints.folder(run.runId);
    const rows = await this.#matching(run, filter);
    return rows.map((row) => {
      const { key: _, ...columns } = row;
      const summary = decodeSummary(columns);
      return { ...summary, endpoint: folder.nameOf(summary) };
    });
  }

  async sample(run: RunAndCandidate, id: string): Promise<Sample | undefined> {
    const runKey = await this.#endpoints.runKey(run.runId);
    const [row] = await selectRows<SampleRow & { readonly day: number }>(
      this.#session,
      `SELECT day, headers, differences, ${SUMMARY_COLUMNS} FROM ${SAMPLE_AND_ENDPOINT}
       WHERE sample.run_key = $1 AND sample.id = $2 AND candidate = $3`,
      [runKey, encodeText(id), encodeText(run.candidate)],
    );
    if (row === undefined) return undefined;
    const legs = await selectRows<LegRow>(
      this.#session,
      "SELECT role, head, content FROM sample_leg WHERE run_key = $1 AND day = $2 AND sample_key = $3",
      [runKey, row.day, row.key],
    );
    const sample = decodeSample(decodeRow(row), legs);
    return { ...sample, endpoint: (await this.#endpoints.folder(run.runId)).nameOf(sample) };
  }

  async timedExchanges(run: RunAndCandidate, filter: TimedExchangeFilter): Promise<readonly TimedExchange[]> {
    const { endpoint, role, minMs, maxMs, from, to, limit } = filter;
    const kept = new Conditions();
    const runKey = kept.parameter(await this.#endpoints.runKey(run.runId));
    const candidate = kept.parameter(encodeText(run.candidate));
    kept.addText(`run_key = ${runKey}`);
    kept.addText(`endpoint_key IN (SELECT key FROM endpoint WHERE run_key = ${runKey} AND candidate = ${candidate})`);
    if (endpoint !== undefined) {
      kept.add(await this.#endpoints.keysOf(run, endpoint), (keys) => `endpoint_key = ANY (${keys}::int[])`);
    }
    if (from !== null) kept.add(from, (time) => `at >= ${time}`);
    if (to !== null) kept.add(to, (time) => `at <= ${time}`);
    const limits = [
      ...(minMs === null ? [] : [`ms >= ${kept.parameter(minMs)}`]),
      ...(maxMs === null ? [] : [`ms <= ${kept.parameter(maxMs)}`]),
    ];
    const rows = await selectRows<TimedExchange>(
      this.#session,
      `WITH kept AS (
         SELECT id, endpoint_key, at, method, target, primary_status, candidate_status,
           primary_ms AS "primaryMs", candidate_ms AS "candidateMs", secondary_ms AS "secondaryMs", true AS differs
         FROM sample WHERE ${kept.toString()}
         UNION ALL
         SELECT NULL, endpoint_key, at, method, target, primary_status, candidate_status,
           primary_ms, candidate_ms, secondary_ms, sample_id IS NOT NULL
         FROM slow_exchange AS slow WHERE ${kept.toString()} AND NOT EXISTS (
           SELECT 1 FROM sample
           WHERE run_key = ${runKey} AND sample.endpoint_key = slow.endpoint_key AND sample.id = sample_id)
       ), timed AS (SELECT *, ${LATENCY[role]} AS ms FROM kept)
       SELECT id, at, route, name AS endpoint, method, target, primary_status AS "primaryStatus",
         candidate_status AS "candidateStatus", "primaryMs", "candidateMs", "secondaryMs", differs
       FROM timed JOIN endpoint ON run_key = ${runKey} AND key = endpoint_key
       ${limits.length === 0 ? "" : `WHERE ${limits.join(" AND ")}`}
       ORDER BY ms DESC NULLS FIRST, at DESC LIMIT ${kept.parameter(limit)}`,
      kept.values,
    );
    const folder = await this.#endpoints.folder(run.runId);
    return rows.map((row) => {
      const { id, route, endpoint: name, method, target } = row;
      const own = { route: decodeText(route), endpoint: decodeText(name) };
      const texts = { id: id === null ? null : decodeText(id), method: decodeText(method), target: decodeText(target) };
      return { ...row, ...texts, route: own.route, endpoint: folder.nameOf(own) };
    });
  }

  /** The newest samples that match, up to the limit. */
  async #matching(run: RunAndCandidate, filter: SampleFilter): Promise<readonly SummaryRow[]> {
    const conditions = await this.#conditionsOf(run, filter);
    if (filter.query !== undefined || filter.withoutQuery !== undefined) {
      const keys = await this.#keysWithNames(run, filter);
      conditions.add(keys, (key) => `sample.key = ANY (${key}::bigint[])`);
    }
    const rows = await selectRows<SummaryRow>(
      this.#session,
      `SELECT ${SUMMARY_COLUMNS} FROM ${SAMPLE_AND_ENDPOINT} WHERE ${conditions.toString()}
       ORDER BY at DESC, sample.key DESC LIMIT ${conditions.parameter(filter.limit)}`,
      conditions.values,
    );
    return rows.map(decodeRow);
  }

  /** The newest samples whose targets have the wanted parameters. The database cannot parse targets: they are read here, in pages. */
  async #keysWithNames(run: RunAndCandidate, filter: SampleFilter): Promise<readonly number[]> {
    const { query, withoutQuery, limit } = filter;
    const found: number[] = [];
    for (let after: PagePosition | undefined; found.length < limit;) {
      const page = await this.#targets(run, filter, after);
      for (const [key, , code] of page) {
        const target = decodeText(code);
        const isWanted = query === undefined || hasQueryName(target, query);
        if (isWanted && (withoutQuery === undefined || !hasQueryName(target, withoutQuery))) found.push(key);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = { key: last[0], at: last[1] };
    }
    return found.slice(0, limit);
  }

  async #targets(
    run: RunAndCandidate,
    filter: SampleFilter,
    after: PagePosition | undefined,
  ): Promise<readonly TargetColumns[]> {
    const conditions = await this.#conditionsOf(run, filter);
    if (after !== undefined) {
      const key = conditions.parameter(after.key);
      conditions.add(after.at, (at) => `(at, sample.key) < (${at}, ${key})`);
    }
    return selectColumns<TargetColumns>(
      this.#session,
      `SELECT sample.key, at, target FROM ${SAMPLE_AND_ENDPOINT} WHERE ${conditions.toString()}
       ORDER BY at DESC, sample.key DESC LIMIT ${PAGE}`,
      conditions.values,
    );
  }

  async #conditionsOf(run: RunAndCandidate, filter: SampleFilter): Promise<Conditions> {
    const { endpoint, section, path, under, fields } = filter;
    const conditions = new Conditions();
    conditions.add(await this.#endpoints.runKey(run.runId), (key) => `sample.run_key = ${key}`);
    conditions.add(encodeText(run.candidate), (candidate) => `candidate = ${candidate}`);
    if (endpoint !== undefined) {
      const keys = await this.#endpoints.keysOf(run, endpoint);
      conditions.add(keys, (own) => `sample.endpoint_key = ANY (${own}::int[])`);
    }
    const shown = fieldConditions(conditions, { section, path, under });
    if (shown.length > 0) {
      conditions.addText(`EXISTS (SELECT 1 FROM sample_field AS own WHERE ${OF_SAMPLE} AND ${shown.join(" AND ")})`);
    }
    if (fields !== undefined) {
      const { keys, sections, paths, kinds } = await this.#fieldColumns(run, fields);
      const wanted = [keys, sections, paths, kinds].map((column) => conditions.parameter(column));
      conditions.addText(
        `(sample.day, sample.key) IN (
           SELECT own.day, own.sample_key
           FROM unnest(${wanted[0]}::int[], ${wanted[1]}::text[], ${wanted[2]}::text[], ${wanted[3]}::text[])
             AS wanted (endpoint_key, section, path, kind)
           JOIN sample_field AS own USING (endpoint_key, section, path, kind)
           WHERE own.run_key = $1 AND own.raw)`,
      );
    }
    return conditions;
  }

  /** The wanted fields of each endpoint key, as parallel lists. */
  async #fieldColumns(run: RunAndCandidate, fields: readonly SampleField[]) {
    const columns = {
      keys: new Array<number>(),
      sections: new Array<string>(),
      paths: new Array<string>(),
      kinds: new Array<string>(),
    };
    for (const [endpoint, own] of Map.groupBy(fields, (field) => field.endpoint)) {
      for (const key of await this.#endpoints.keysOf(run, endpoint)) {
        for (const { section, path, kind } of own) {
          columns.keys.push(key);
          columns.sections.push(encodeText(section));
          columns.paths.push(encodeText(path));
          columns.kinds.push(encodeText(kind));
        }
      }
    }
    return columns;
  }
}

const OF_SAMPLE = "own.run_key = sample.run_key AND own.day = sample.day AND own.sample_key = sample.key";

/** Conditions of one field that the sample shows. */
function fieldConditions(
  conditions: Conditions,
  { section, path, under }: Pick<SampleFilter, "section" | "path" | "under">,
): readonly string[] {
  const shown: string[] = [];
  if (section !== undefined) shown.push(`own.section = ${conditions.parameter(encodeText(section))}`);
  if (path !== undefined) shown.push(`own.path = ${conditions.parameter(encodeText(path))}`);
  if (under !== undefined) {
    const parent = `${conditions.parameter(encodeText(under))}::text`;
    const next = `substr(own.path, length(${parent}) + 1, 1)`;
    shown.push(`(own.path = ${parent} OR (starts_with(own.path, ${parent}) AND ${next} IN ('.', '[', '{')))`);
  }
  return shown;
}

function decodeRow<Row extends SampleSummaryRow>(row: Row): Row {
  const { id, route, endpoint, candidate, method, target } = row;
  return {
    ...row,
    id: decodeText(id),
    route: decodeText(route),
    endpoint: decodeText(endpoint),
    candidate: decodeText(candidate),
    method: decodeText(method),
    target: decodeText(target),
  };
}
