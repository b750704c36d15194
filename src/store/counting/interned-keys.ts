import { hash } from "node:crypto";
import { EndpointNames, type NamedExchanges, type NameLimits } from "../../endpoints/endpoint-names.ts";
import type { LearnedTemplate } from "../../endpoints/learned-template.ts";
import type { KeptApart } from "../../model/views/templates.ts";
import { spelledValues } from "../../endpoints/spelled-values.ts";
import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { Outcome } from "../../model/difference.ts";
import type { Run } from "../../model/run.ts";
import { encodeFields } from "../packing/column-encoding.ts";

/** Not part of any name. */
const SEPARATOR = "\0";

/** Endpoints beyond `maxEndpoints` are counted under one collective name per route. */
export interface CardinalityLimits extends NameLimits {
  /** Maximum number of distinct sets of differing fields per endpoint and candidate. */
  readonly maxDifferenceSets: number;
}

/** A set of differing fields, as it is stored. */
export interface OutcomeSet {
  readonly paired: boolean;
  /** Beyond the limit: whether the candidate differed. */
  readonly overflow: boolean;
  readonly beyondCap: boolean;
  /** See `encodeFields`. */
  readonly fields: string;
}

/** The rows of runs, endpoints, sets and templates. Every write takes effect with the transaction that counts. */
export interface KeyRows {
  /** Inserts a run; one that exists continues. @returns its key */
  insertRun(run: Run): number;
  /** The endpoints of a run, and the compared exchanges of each. */
  endpoints(runKey: number): readonly (NamedExchanges & { readonly key: number })[];
  /** @returns the key of the new endpoint */
  insertEndpoint(runKey: number, endpoint: CandidateEndpoint): number;
  /** The sets of an endpoint; `isLimited` are those that `maxDifferenceSets` limits. */
  sets(endpointKey: number): readonly { readonly key: number; readonly digest: string; readonly isLimited: boolean }[];
  /** @returns the key of the new set */
  insertSet(endpointKey: number, set: OutcomeSet & { readonly digest: string }): number;
  templates(): readonly LearnedTemplate[];
  keptApart(): readonly KeptApart[];
  /** Adds a template, or replaces its literals. */
  writeTemplate(template: LearnedTemplate): void;
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
  readonly #rows: KeyRows;
  #templates: readonly LearnedTemplate[] | undefined;
  /** Names beyond the limit, by run: the database does not know them. */
  readonly #refused = new Map<string, readonly NamedExchanges[]>();

  /** @param patterns the endpoints and patterns that a person has written: what they spell out becomes no parameter */
  constructor(rows: KeyRows, limits: CardinalityLimits, patterns: () => readonly string[]) {
    this.#rows = rows;
    this.#limits = limits;
    this.#patterns = patterns;
  }

  forget(): void {
    for (const [id, { names }] of this.#runs) this.#refused.set(id, names.uses("refused"));
    this.#runs.clear();
    this.#templates = undefined;
  }

  /** What was learned so far. */
  get templates(): readonly LearnedTemplate[] {
    return (this.#templates ??= this.#rows.templates());
  }

  /** What rules and the like spell out since a template was learned stays as it is from now on. Call it when they change. */
  keepSpelledValues(): void {
    const patterns = this.templates.length === 0 ? [] : this.#patterns();
    for (const template of this.templates) {
      const literals = [...new Set([...template.literals, ...spelledValues(patterns, template)])].toSorted();
      if (literals.length > template.literals.length) this.#rows.writeTemplate({ ...template, literals });
    }
    this.forget();
  }

  run(run: Run): number {
    return this.#run(run).key;
  }

  /** Forgets a run that has ended. */
  release(runId: string): void {
    this.#runs.delete(runId);
    this.#refused.delete(runId);
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
    const key = this.#rows.insertRun(run);
    const rows = this.#rows.endpoints(key);
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
    return new EndpointNames(this.#limits, this.templates, this.#rows.keptApart(), admitted, refused);
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
    const added = this.#endpointKeys(run.names, name, this.#rows.insertEndpoint(run.key, name));
    run.endpoints.set(endpointText(name), added);
    return added;
  }

  #endpointKeys(names: EndpointNames, name: CandidateEndpoint, key: number): EndpointKeys {
    return { key, exchanges: names.use(name), sets: undefined, counted: 0 };
  }

  /** Exchanges count under the template from now on. Those that were counted before stay where they are. */
  #learn(run: RunKeys, template: LearnedTemplate): void {
    for (let next: LearnedTemplate | undefined = template; next !== undefined;) {
      this.#rows.writeTemplate(next);
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
    const rows = this.#rows.sets(endpoint.key);
    endpoint.counted = rows.filter(({ isLimited }) => isLimited).length;
    return new Map(rows.map(({ digest, key }) => [digest, key]));
  }

  #addSet(endpointKey: number, sets: Map<string, number>, set: OutcomeSet): number {
    const digest = digestOf(set);
    const key = this.#rows.insertSet(endpointKey, { ...set, digest });
    sets.set(digest, key);
    return key;
  }
}

function digestOf({ paired, overflow, beyondCap, fields }: OutcomeSet): string {
  return hash("sha256", `${Number(paired)}${Number(overflow)}${Number(beyondCap)}${fields}`, "base64url");
}

function endpointText({ candidate, route, endpoint }: CandidateEndpoint): string {
  return `${candidate}${SEPARATOR}${route}${SEPARATOR}${endpoint}`;
}
