import type { NamedExchanges } from "../../../../endpoints/endpoint-names.ts";
import type { LearnedTemplate } from "../../../../endpoints/learned-template.ts";
import type { KeptApart } from "../../../../model/views/templates.ts";
import type { Feature, FeatureRows } from "../../../counting/feature-keys.ts";
import type { CandidateEndpoint, KeyRows, OutcomeSet } from "../../../counting/interned-keys.ts";
import type { StatusPair, StatusPairRows } from "../../../counting/status-pairs.ts";
import type { PostgresSession } from "../../connect/connection.ts";
import { decodeText, endpointDigest } from "../../text-encoding.ts";
import { insertInto, writeRows } from "../write-rows.ts";

type Keyed<Row> = Row & { readonly key: number };
type OfEndpoint<Row> = Row & { readonly endpointKey: number };

interface StoredSet {
  readonly digest: string;
  /** `maxDifferenceSets` limits it. */
  readonly isLimited: boolean;
}

/** The templates, which all runs share. */
export interface Templates {
  readonly learned: readonly LearnedTemplate[];
  readonly keptApart: readonly KeptApart[];
  write(template: LearnedTemplate): void;
}

type EndpointRow = Keyed<CandidateEndpoint> & { readonly digest: string };
type SetRow = Keyed<OfEndpoint<OutcomeSet>> & { readonly digest: string };
type FeatureRow = Keyed<OfEndpoint<Feature>>;

const INSERT_ENDPOINTS = insertInto<EndpointRow>("endpoint", [
  ["key", "key", "integer"],
  ["digest", "digest", "text"],
  ["candidate", "candidate", "text"],
  ["route", "route", "text"],
  ["endpoint", "name", "text"],
]);
const INSERT_SETS = insertInto<SetRow>("outcome_set", [
  ["key", "key", "integer"],
  ["endpointKey", "endpoint_key", "integer"],
  ["digest", "digest", "text"],
  ["paired", "paired", "boolean"],
  ["overflow", "overflow", "boolean"],
  ["beyondCap", "beyond_cap", "boolean"],
  ["fields", "fields", "text"],
]);
const INSERT_FEATURES = insertInto<FeatureRow>("feature", [
  ["key", "key", "integer"],
  ["endpointKey", "endpoint_key", "integer"],
  ["section", "section", "text"],
  ["path", "path", "text"],
  ["feature", "feature", "text"],
]);

/**
 * The endpoints, sets of fields, features and status pairs of a run, in memory. New ones get the next keys and are written
 * together.
 */
export class KeyMemory implements KeyRows {
  readonly #runKey: number;
  readonly #templates: Templates;
  readonly #endpoints: readonly Keyed<NamedExchanges>[];
  readonly #sets: ReadonlyMap<number, readonly Keyed<StoredSet>[]>;
  readonly #features: ReadonlyMap<number, readonly FeatureRow[]>;
  readonly #statusPairs: ReadonlyMap<number, readonly StatusPair[]>;
  readonly #newEndpoints: EndpointRow[] = [];
  readonly #newSets: SetRow[] = [];
  readonly #newFeatures: FeatureRow[] = [];
  #lastEndpoint: number;
  #lastSet: number;
  #lastFeature: number;

  readonly features: FeatureRows = {
    select: (endpointKey) => this.#features.get(endpointKey) ?? [],
    insert: (endpointKey, { section, path, feature }) => {
      const key = ++this.#lastFeature;
      this.#newFeatures.push({ key, endpointKey, section, path, feature });
      return key;
    },
  };

  readonly statusPairs: StatusPairRows = { select: (endpointKey) => this.#statusPairs.get(endpointKey) ?? [] };

  private constructor(runKey: number, templates: Templates, rows: Awaited<ReturnType<typeof selectKeys>>) {
    this.#runKey = runKey;
    this.#templates = templates;
    this.#endpoints = rows.endpoints;
    this.#sets = Map.groupBy(rows.sets, ofEndpoint);
    this.#features = Map.groupBy(rows.features, ofEndpoint);
    this.#statusPairs = Map.groupBy(rows.statusPairs, ofEndpoint);
    this.#lastEndpoint = lastKey(rows.endpoints);
    this.#lastSet = lastKey(rows.sets);
    this.#lastFeature = lastKey(rows.features);
  }

  static async load(session: PostgresSession, runKey: number, templates: Templates): Promise<KeyMemory> {
    return new KeyMemory(runKey, templates, await selectKeys(session, runKey));
  }

  /** The replica that begins a run inserts it. */
  insertRun(): number {
    return this.#runKey;
  }

  endpoints(): readonly Keyed<NamedExchanges>[] {
    return this.#endpoints;
  }

  insertEndpoint(_: number, { candidate, route, endpoint }: CandidateEndpoint): number {
    const key = ++this.#lastEndpoint;
    const digest = endpointDigest(candidate, route, endpoint);
    this.#newEndpoints.push({ key, digest, candidate, route, endpoint });
    return key;
  }

  sets(endpointKey: number): readonly Keyed<StoredSet>[] {
    return this.#sets.get(endpointKey) ?? [];
  }

  insertSet(endpointKey: number, set: OutcomeSet & { readonly digest: string }): number {
    const key = ++this.#lastSet;
    this.#newSets.push({ ...set, key, endpointKey });
    return key;
  }

  templates(): readonly LearnedTemplate[] {
    return this.#templates.learned;
  }

  keptApart(): readonly KeptApart[] {
    return this.#templates.keptApart;
  }

  writeTemplate(template: LearnedTemplate): void {
    this.#templates.write(template);
  }

  async write(session: PostgresSession): Promise<void> {
    await writeRows(session, INSERT_ENDPOINTS, this.#runKey, this.#newEndpoints.splice(0));
    await writeRows(session, INSERT_SETS, this.#runKey, this.#newSets.splice(0));
    await writeRows(session, INSERT_FEATURES, this.#runKey, this.#newFeatures.splice(0));
  }
}

function ofEndpoint({ endpointKey }: { readonly endpointKey: number }): number {
  return endpointKey;
}

function lastKey(rows: readonly { readonly key: number }[]): number {
  return rows.reduce((last, { key }) => Math.max(last, key), 0);
}

async function selectKeys(session: PostgresSession, runKey: number) {
  const endpoints = await session.query<Keyed<NamedExchanges>>(
    `SELECT endpoint.key, candidate, route, name AS endpoint, coalesce(sum(count), 0) AS count
     FROM endpoint LEFT JOIN outcome_set ON outcome_set.run_key = endpoint.run_key AND endpoint_key = endpoint.key
       LEFT JOIN tally_total ON tally_total.run_key = endpoint.run_key AND set_key = outcome_set.key
     WHERE endpoint.run_key = $1 GROUP BY endpoint.run_key, endpoint.key ORDER BY endpoint.key`,
    [runKey],
  );
  const sets = await session.query<Keyed<OfEndpoint<StoredSet>>>(
    `SELECT key, endpoint_key AS "endpointKey", digest, NOT beyond_cap AND (fields <> '[]' OR overflow) AS "isLimited"
     FROM outcome_set WHERE run_key = $1`,
    [runKey],
  );
  const features = await session.query<FeatureRow>(
    `SELECT key, endpoint_key AS "endpointKey", section, path, feature FROM feature WHERE run_key = $1`,
    [runKey],
  );
  const statusPairs = await session.query<OfEndpoint<StatusPair>>(
    `SELECT endpoint_key AS "endpointKey", role, primary_status AS "primary", other_status AS other
     FROM status_pair WHERE run_key = $1`,
    [runKey],
  );
  return {
    endpoints: endpoints.rows.map((row) => ({
      ...row,
      candidate: decodeText(row.candidate),
      route: decodeText(row.route),
      endpoint: decodeText(row.endpoint),
    })),
    sets: sets.rows,
    features: features.rows.map((row) => ({
      ...row,
      path: decodeText(row.path),
      feature: decodeText(row.feature),
    })),
    statusPairs: statusPairs.rows,
  };
}
