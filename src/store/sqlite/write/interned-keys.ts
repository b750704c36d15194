import { hash } from "node:crypto";
import type { Database } from "better-sqlite3";
import { EndpointNames, type NamedExchanges, type NameLimits } from "../../../endpoints/endpoint-names.ts";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { KeptApart } from "../../../model/views/templates.ts";
import { spelledValues } from "../../../endpoints/spelled-values.ts";
import { OVERFLOW_ENDPOINT } from "../../../model/difference.ts";
import type { Outcome } from "../../../model/difference.ts";
import type { Run } from "../../../model/run.ts";
import { encodeFields } from "../column-encoding.ts";
import { createKeptApartQuery, createTemplateQuery, createTemplateUpdate } from "../learned-template-rows.ts";

/** Not part of any name. */
const SEPARATOR = "\0";

/** Endpoints beyond `maxEndpoints` are counted under one collective name per route. */
export interface CardinalityLimits extends NameLimits {
  /** Maximum number of distinct sets of differing fields per endpoint and candidate. */
  readonly maxDifferenceSets: number;
}

interface RunKeys {
  readonly key: number;
  names: EndpointNames;
  /** Those that were stored before their template was learned are missing. */
  readonly endpoints: Map<string, EndpointKeys>;
}

interface EndpointKeys {
  readonly key: number;
  exchanges: NamedExchanges;
  /** Keys by digest; loaded with the first outcome. */
  sets: Map<string, number> | undefined;
  /** Number of sets with fields, without the collective ones; `maxDifferenceSets` limits it. */
  counted: number;
}

/** An endpoint as it is compared with one candidate. */
export interface CandidateEndpoint {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
}

/**
 * Finds the primary keys of runs, endpoints and outcome sets, and inserts missing rows within the limits. The keys are
 * cached: call `forget` after another process has written, and after a rollback.
 */
export class InternedKeys {
  readonly #limits: CardinalityLimits;
  readonly #patterns: () => readonly string[];
  readonly #runs = new Map<string, RunKeys>();
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #readTemplates: () => readonly LearnedTemplate[];
  readonly #readKeptApart: () => readonly KeptApart[];
  readonly #writeTemplate: (template: LearnedTemplate) => void;
  #templates: readonly LearnedTemplate[] | undefined;
  /** Names beyond the limit, by run: the database does not know them. */
  readonly #refused = new Map<string, readonly NamedExchanges[]>();

  /** @param patterns the endpoints and patterns that a person has written: what they spell out becomes no parameter */
  constructor(db: Database, limits: CardinalityLimits, patterns: () => readonly string[]) {
    this.#limits = limits;
    this.#patterns = patterns;
    this.#statements = prepareStatements(db);
    this.#readTemplates = createTemplateQuery(db);
    this.#readKeptApart = createKeptApartQuery(db);
    this.#writeTemplate = createTemplateUpdate(db);
  }

  forget(): void {
    for (const [id, { names }] of this.#runs) this.#refused.set(id, names.uses("refused"));
    this.#runs.clear();
    this.#templates = undefined;
  }

  /** What was learned so far. */
  get templates(): readonly LearnedTemplate[] {
    return (this.#templates ??= this.#readTemplates());
  }

  /** What rules and the like spell out since a template was learned stays as it is from now on. Call it when they change. */
  keepSpelledValues(): void {
    const patterns = this.templates.length === 0 ? [] : this.#patterns();
    for (const template of this.templates) {
      const literals = [...new Set([...template.literals, ...spelledValues(patterns, template)])].toSorted();
      if (literals.length > template.literals.length) this.#writeTemplate({ ...template, literals });
    }
    this.forget();
  }

  run(run: Run): number {
    return this.#run(run).key;
  }

  /** Updates what a reload of the configuration can change. */
  updateRun(run: Run): void {
    const { id, primary, candidates, secondary, gate, rules } = run;
    this.#statements.updateRun.run(
      primary,
      JSON.stringify(candidates),
      secondary,
      JSON.stringify(gate),
      JSON.stringify(rules),
      id,
    );
  }

  endRun(runId: string, endedAt: number): void {
    this.#statements.endRun.run(endedAt, runId);
  }

  /** Forgets a run that has ended. */
  release(runId: string): void {
    this.#runs.delete(runId);
    this.#refused.delete(runId);
  }

  /** @param except ids of active runs @param nowMs bounds the end, because the last minute need not be over */
  endAbandonedRuns(except: readonly string[], nowMs: number): void {
    this.#statements.endAbandonedRuns.run(nowMs, JSON.stringify(except));
  }

  /** The key of the endpoint, or of the collective endpoint of its route if the limit is reached. */
  endpoint(run: Run, name: CandidateEndpoint): number {
    return this.#endpoint(this.#run(run), name).key;
  }

  /**
   * The key of a set of differing fields. If the limit is reached, the key of a collective set: there is one for each
   * combination of matched or differed (`overflow`) and paired or not. Matches without noise have no fields, and no limit.
   */
  outcomeSet(run: Run, outcome: Outcome & { readonly count: number }): number {
    const keys = this.#run(run);
    const endpoint = this.#endpoint(keys, outcome);
    endpoint.exchanges.count += outcome.count;
    if (endpoint.exchanges.endpoint === OVERFLOW_ENDPOINT) keys.names.observe(outcome);
    const sets = (endpoint.sets ??= this.#loadSets(endpoint));
    const { paired, overflow } = outcome;
    const exact = { paired, overflow, beyondCap: false, fields: encodeFields(outcome.fields) };
    const known = sets.get(digestOf(exact));
    if (known !== undefined) return known;
    const capped = outcome.fields.length > 0 || overflow;
    if (!capped || endpoint.counted < this.#limits.maxDifferenceSets) {
      if (capped) endpoint.counted += 1;
      return this.#addSet(endpoint.key, sets, exact);
    }
    const differed = outcome.fields.some(({ mark }) => mark !== "noise");
    const collective = { paired, overflow: differed, beyondCap: true, fields: "[]" };
    return sets.get(digestOf(collective)) ?? this.#addSet(endpoint.key, sets, collective);
  }

  #run(run: Run): RunKeys {
    const known = this.#runs.get(run.id);
    if (known !== undefined) return known;
    const { selectRun, insertRun, selectEndpoints } = this.#statements;
    insertRun.run(
      run.id,
      run.name,
      run.startedAt,
      JSON.stringify(run.labels),
      run.primary,
      JSON.stringify(run.candidates),
      run.secondary,
      JSON.stringify(run.gate),
      JSON.stringify(run.rules),
    );
    const key = selectRun.get(run.id) as number;
    const rows = selectEndpoints.all(key);
    const names = this.#names(rows, this.#refused.get(run.id));
    const keys: RunKeys = { key, names, endpoints: new Map() };
    for (const row of rows) {
      if (names.fold(row) === row.endpoint)
        keys.endpoints.set(endpointText(row), this.#endpointKeys(names, row, row.key));
    }
    this.#runs.set(run.id, keys);
    return keys;
  }

  #names(admitted: Iterable<NamedExchanges>, refused: Iterable<NamedExchanges> | undefined): EndpointNames {
    return new EndpointNames(this.#limits, this.templates, this.#readKeptApart(), admitted, refused);
  }

  #endpoint(run: RunKeys, name: CandidateEndpoint): EndpointKeys {
    const known = run.endpoints.get(endpointText(name));
    if (known !== undefined) return known;
    const endpoint = run.names.fold(name);
    if (endpoint !== name.endpoint) return this.#endpoint(run, { ...name, endpoint });
    if (endpoint !== OVERFLOW_ENDPOINT) {
      const admission = run.names.admit(name.route, endpoint, this.#patterns);
      if (admission.type === "refused") return this.#endpoint(run, { ...name, endpoint: OVERFLOW_ENDPOINT });
      if (admission.type === "learned") {
        this.#learn(run, admission.template);
        return this.#endpoint(run, name);
      }
    }
    const { lastInsertRowid } = this.#statements.insertEndpoint.run(run.key, name.candidate, name.route, name.endpoint);
    const added = this.#endpointKeys(run.names, name, Number(lastInsertRowid));
    run.endpoints.set(endpointText(name), added);
    return added;
  }

  #endpointKeys(names: EndpointNames, name: CandidateEndpoint, key: number): EndpointKeys {
    return { key, exchanges: names.use(name), sets: undefined, counted: 0 };
  }

  /** Exchanges count under the template from now on. Those that were counted before stay where they are. */
  #learn(run: RunKeys, template: LearnedTemplate): void {
    for (let next: LearnedTemplate | undefined = template; next !== undefined;) {
      this.#writeTemplate(next);
      this.#templates = [...this.templates, next];
      for (const each of this.#runs.values()) this.#foldNames(each);
      next = run.names.learnMore(this.#patterns);
    }
  }

  #foldNames(run: RunKeys): void {
    const { names } = run;
    run.names = this.#names(names.uses("admitted"), names.uses("refused"));
    for (const [text, keys] of run.endpoints) {
      const { candidate, route, endpoint } = keys.exchanges;
      if (run.names.fold(keys.exchanges) === endpoint) keys.exchanges = run.names.use({ candidate, route, endpoint });
      else run.endpoints.delete(text);
    }
  }

  #loadSets(endpoint: EndpointKeys): Map<string, number> {
    const rows = this.#statements.selectSets.all(endpoint.key);
    endpoint.counted = rows.filter(({ capped }) => capped === 1).length;
    return new Map(rows.map(({ digest, key }) => [digest, key]));
  }

  #addSet(endpointKey: number, sets: Map<string, number>, set: OutcomeSet): number {
    const digest = digestOf(set);
    const { paired, overflow, beyondCap, fields } = set;
    const row = [endpointKey, digest, Number(paired), Number(overflow), Number(beyondCap), fields] as const;
    const key = Number(this.#statements.insertSet.run(...row).lastInsertRowid);
    sets.set(digest, key);
    return key;
  }
}

interface OutcomeSet {
  readonly paired: boolean;
  readonly overflow: boolean;
  readonly beyondCap: boolean;
  readonly fields: string;
}

function digestOf({ paired, overflow, beyondCap, fields }: OutcomeSet): string {
  return hash("sha256", `${Number(paired)}${Number(overflow)}${Number(beyondCap)}${fields}`, "base64url");
}

function endpointText({ candidate, route, endpoint }: CandidateEndpoint): string {
  return `${candidate}${SEPARATOR}${route}${SEPARATOR}${endpoint}`;
}

function prepareStatements(db: Database) {
  return {
    insertRun: db.prepare<[string, string, number, string, string, string, string | null, string, string]>(
      `INSERT INTO run (id, name, started_at, labels, primary_subset, candidates, secondary_subset, gate, rules)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET ended_at = NULL WHERE ended_at IS NOT NULL`,
    ),
    endRun: db.prepare<[number, string]>("UPDATE run SET ended_at = ? WHERE id = ?"),
    endAbandonedRuns: db.prepare<[number, string]>(
      `UPDATE run
       SET ended_at = max(started_at, min(?, 60000 * coalesce((SELECT max(minute) + 1 FROM accounting WHERE run_key = key), 0)))
       WHERE ended_at IS NULL AND id NOT IN (SELECT value FROM json_each(?))`,
    ),
    updateRun: db.prepare<[string, string, string | null, string, string, string]>(
      "UPDATE run SET primary_subset = ?, candidates = ?, secondary_subset = ?, gate = ?, rules = ? WHERE id = ?",
    ),
    selectRun: db.prepare<[string], number>("SELECT key FROM run WHERE id = ?").pluck(),
    selectEndpoints: db.prepare<[number], NamedExchanges & { readonly key: number }>(
      `SELECT key, candidate, route, name AS endpoint,
         (SELECT coalesce(sum(count), 0) FROM outcome_set JOIN tally_total ON set_key = outcome_set.key
          WHERE endpoint_key = endpoint.key) AS count
       FROM endpoint WHERE run_key = ?`,
    ),
    insertEndpoint: db.prepare<[number, string, string, string]>(
      "INSERT INTO endpoint (run_key, candidate, route, name) VALUES (?, ?, ?, ?)",
    ),
    selectSets: db.prepare<[number], { key: number; digest: string; capped: number }>(
      `SELECT key, digest, NOT beyond_cap AND (fields <> '[]' OR overflow) AS capped
       FROM outcome_set WHERE endpoint_key = ?`,
    ),
    insertSet: db.prepare<[number, string, number, number, number, string]>(
      `INSERT INTO outcome_set (endpoint_key, digest, paired, overflow, beyond_cap, fields) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
  };
}
