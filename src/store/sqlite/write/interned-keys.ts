import { hash } from "node:crypto";
import type { Database } from "better-sqlite3";
import { OVERFLOW_ENDPOINT } from "../../../model/limits.ts";
import type { Outcome } from "../../../model/difference.ts";
import type { Run } from "../../../model/run.ts";
import { encodeFields } from "../column-codes.ts";

/** No name holds it. */
const SEPARATOR = "\0";

export interface Caps {
  readonly maxEndpoints: number;
  readonly maxDifferenceSets: number;
}

interface RunKeys {
  readonly key: number;
  /** Routes and names, the collective ones left out: what `maxEndpoints` counts. */
  readonly names: Set<string>;
  readonly endpoints: Map<string, EndpointKeys>;
}

interface EndpointKeys {
  readonly key: number;
  /** By digest; undefined until the first outcome asks for them. */
  sets: Map<string, number> | undefined;
  /** Sets with fields, those beyond the cap left out: what `maxDifferenceSets` counts. */
  counted: number;
}

/** What `keys` says of where a count belongs. */
export interface Place {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
}

/**
 * Finds, or makes within the caps, the keys of runs, endpoints and outcome sets. What it remembers is true only as long as
 * nobody else writes and no transaction is rolled back: then `forget` has to be called.
 */
export class Keys {
  readonly #caps: Caps;
  readonly #runs = new Map<string, RunKeys>();
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database, caps: Caps) {
    this.#caps = caps;
    this.#statements = prepareStatements(db);
  }

  forget(): void {
    this.#runs.clear();
  }

  run(run: Run): number {
    return this.#run(run).key;
  }

  /** What a reload may change of a run. */
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

  /** @param except ids of runs that go on @param nowMs the last minute may not be over yet */
  endAbandonedRuns(except: readonly string[], nowMs: number): void {
    this.#statements.endAbandonedRuns.run(nowMs, JSON.stringify(except));
  }

  /** The endpoint's key, or beyond the cap that of the collective endpoint of its route. */
  endpoint(run: Run, place: Place): number {
    return this.#endpoint(this.#run(run), place).key;
  }

  /**
   * The key of a set of differing fields, or beyond the cap that of the collective set which tells matched from differed
   * (as `overflow`) and paired from not. Matches without noise have no fields and are never capped.
   */
  outcomeSet(run: Run, outcome: Outcome): number {
    const endpoint = this.#endpoint(this.#run(run), outcome);
    const sets = (endpoint.sets ??= this.#loadSets(endpoint));
    const { paired, overflow } = outcome;
    const exact = { paired, overflow, beyondCap: false, fields: encodeFields(outcome.fields) };
    const known = sets.get(digestOf(exact));
    if (known !== undefined) return known;
    const capped = outcome.fields.length > 0 || overflow;
    if (!capped || endpoint.counted < this.#caps.maxDifferenceSets) {
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
    const keys: RunKeys = { key, names: new Set(), endpoints: new Map() };
    for (const row of selectEndpoints.all(key)) {
      keys.endpoints.set(endpointText(row), { key: row.key, sets: undefined, counted: 0 });
      if (row.endpoint !== OVERFLOW_ENDPOINT) keys.names.add(nameText(row));
    }
    this.#runs.set(run.id, keys);
    return keys;
  }

  #endpoint(run: RunKeys, place: Place): EndpointKeys {
    const known = run.endpoints.get(endpointText(place));
    if (known !== undefined) return known;
    const isNew = place.endpoint !== OVERFLOW_ENDPOINT && !run.names.has(nameText(place));
    if (isNew && run.names.size >= this.#caps.maxEndpoints) {
      return this.#endpoint(run, { ...place, endpoint: OVERFLOW_ENDPOINT });
    }
    const { lastInsertRowid } = this.#statements.insertEndpoint.run(
      run.key,
      place.candidate,
      place.route,
      place.endpoint,
    );
    const added: EndpointKeys = { key: Number(lastInsertRowid), sets: undefined, counted: 0 };
    run.endpoints.set(endpointText(place), added);
    if (isNew) run.names.add(nameText(place));
    return added;
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

function endpointText({ candidate, route, endpoint }: Place): string {
  return `${candidate}${SEPARATOR}${route}${SEPARATOR}${endpoint}`;
}

function nameText({ route, endpoint }: Place): string {
  return `${route}${SEPARATOR}${endpoint}`;
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
    selectEndpoints: db.prepare<[number], Place & { key: number }>(
      "SELECT key, candidate, route, name AS endpoint FROM endpoint WHERE run_key = ?",
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
