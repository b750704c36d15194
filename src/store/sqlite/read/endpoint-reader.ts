import type { Database } from "better-sqlite3";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { EndpointFolder } from "../../folding/endpoint-folder.ts";
import type { EndpointRow } from "../../packing/decoded-rows-cache.ts";
import type { RunAndCandidate } from "../../reading/block-cache.ts";
import {
  EndpointDecoder,
  keysOfEndpoint,
  type CandidateEndpoints,
  type Columns,
  type FailureColumns,
  type OutcomeColumns,
  type RelationColumns,
  type StatusColumns,
} from "../../reading/endpoint-decoder.ts";
import { endpointsNamed } from "../../reading/attribute-cache.ts";
import type { EndpointName } from "../../store.ts";
import { createTemplateQuery } from "../learned-template-queries.ts";
import { AttributeReader } from "./attribute-reader.ts";
import { BlockReader } from "./block-reader.ts";

type PackedColumns = readonly [key: number, packed: Uint8Array];

/** Reads the counts that are stored per endpoint. */
export class EndpointReader {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #decoder = new EndpointDecoder();
  readonly #blocks: BlockReader;
  readonly #attributes: AttributeReader;
  readonly #readTemplates: () => readonly LearnedTemplate[];

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#blocks = new BlockReader(db);
    this.#attributes = new AttributeReader(db);
    this.#readTemplates = createTemplateQuery(db);
  }

  /** Folds the names of stored endpoints; the same object while nothing is learned. */
  get folder(): EndpointFolder {
    return this.#decoder.folder(this.#readTemplates());
  }

  /** The keys of the endpoints that are reported under a name. */
  keysOf(run: RunAndCandidate, endpoint: string): readonly number[] {
    return keysOfEndpoint(this.#of(run), endpoint);
  }

  outcomes(run: RunAndCandidate): ReturnType<EndpointDecoder["outcomes"]> {
    return this.#decoder.outcomes(this.#of(run), this.#statements.outcomes.all(run));
  }

  relations(run: RunAndCandidate): ReturnType<EndpointDecoder["relations"]> {
    return this.#decoder.relations(this.#of(run), this.#statements.relations.all(run));
  }

  statuses(run: RunAndCandidate): ReturnType<EndpointDecoder["statuses"]> {
    return this.#decoder.statuses(this.#of(run), this.#statements.statuses.all(run));
  }

  failures(run: RunAndCandidate): ReturnType<EndpointDecoder["failures"]> {
    return this.#decoder.failures(this.#of(run), this.#statements.failures.all(run));
  }

  latencies(run: RunAndCandidate): ReturnType<EndpointDecoder["latencies"]> {
    const earlier = new Map(this.#statements.latencies.all(run));
    return this.#decoder.latencies(this.#of(run), this.#blocks.blocks(run), earlier);
  }

  blocks(run: RunAndCandidate): ReturnType<EndpointDecoder["blocks"]> {
    return this.#decoder.blocks({ run, folder: this.folder }, this.#blocks.blocks(run));
  }

  attributes(run: RunAndCandidate, name: EndpointName | undefined): ReturnType<AttributeReader["attributes"]> {
    const { endpoints, folder } = this.#of(run);
    const own = name === undefined ? endpoints : endpointsNamed(endpoints, folder, name);
    return this.#attributes.attributes({ run, endpoints: own, folder });
  }

  #of(run: RunAndCandidate): CandidateEndpoints {
    return { run, endpoints: this.#statements.endpoints.all(run), folder: this.folder };
  }
}

function prepareStatements(db: Database) {
  const ofRun = "run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate";
  // One query for all endpoints is faster than hundreds of small ones. In SQLite, CROSS JOIN fixes the order of the tables, in
  // which the rows are already sorted.
  const rowsOf = <Raw extends Columns>(columns: string, tables: string, order: string) =>
    db
      .prepare<[RunAndCandidate], Raw>(
        `SELECT endpoint.key, ${columns} FROM endpoint CROSS JOIN ${tables} WHERE ${ofRun} ORDER BY route, name, ${order}`,
      )
      .raw();
  return {
    endpoints: db.prepare<[RunAndCandidate], EndpointRow>(
      `SELECT key, candidate, route, name AS endpoint FROM endpoint WHERE ${ofRun} ORDER BY route, name`,
    ),
    outcomes: rowsOf<OutcomeColumns>(
      "paired, overflow, beyond_cap, fields, tally_total.count, parameter_counts.counts",
      `outcome_set ON endpoint_key = endpoint.key JOIN tally_total ON tally_total.set_key = outcome_set.key
       LEFT JOIN parameter_counts ON parameter_counts.set_key = outcome_set.key`,
      "outcome_set.key",
    ),
    relations: rowsOf<RelationColumns>(
      "section, path, kind, relation, count",
      "relation ON endpoint_key = endpoint.key",
      "section, path, kind, relation",
    ),
    statuses: rowsOf<StatusColumns>(
      "role, primary_status, other_status, count",
      "status_pair ON endpoint_key = endpoint.key",
      "role, primary_status, other_status",
    ),
    failures: rowsOf<FailureColumns>(
      "role, kind, reason, address, count",
      "failure ON endpoint_key = endpoint.key",
      "count DESC, role, kind, reason, address",
    ),
    latencies: db
      .prepare<[RunAndCandidate], PackedColumns>(
        `SELECT endpoint.key, histogram FROM endpoint CROSS JOIN latency_total ON endpoint_key = endpoint.key
         WHERE ${ofRun} ORDER BY route, name`,
      )
      .raw(),
  };
}
