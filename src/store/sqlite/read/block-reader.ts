import type { Database } from "better-sqlite3";
import {
  BlockCache,
  type BlockRow,
  type ChangedRows,
  type FeatureColumns,
  type RecentRow,
  type RunAndCandidate,
  type SetColumns,
  type VersionedEndpoint,
} from "../../reading/block-cache.ts";
import type { PerEndpoint, TimeBlock } from "../../store.ts";

type Since = RunAndCandidate & { readonly since: number };

/** Reads the time blocks of a run. */
export class BlockReader {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #cache = new BlockCache();
  /** On one snapshot of the database. */
  readonly #read: (run: RunAndCandidate) => ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>>;

  constructor(db: Database) {
    this.#statements = prepareStatements(db);
    this.#read = db.transaction((run: RunAndCandidate) => {
      const read = this.#cache.begin(run, this.#statements.endpoints.all(run));
      return read.finish(read.since === undefined ? undefined : this.#readChanged({ ...run, since: read.since }));
    });
  }

  /** The blocks of each endpoint by its key, in the order of routes and names; endpoints without blocks are left out. */
  blocks(run: RunAndCandidate): ReadonlyMap<number, PerEndpoint<readonly TimeBlock[]>> {
    return this.#read(run);
  }

  #readChanged(since: Since): ChangedRows {
    const { old, counts, recent, sets, features } = this.#statements;
    return {
      old: old.all(since),
      counts: new Map(counts.all(since)),
      recent: recent.all(since),
      sets: sets.all(since),
      features: features.all(since),
    };
  }
}

function prepareStatements(db: Database) {
  const ofRun = "run_key = (SELECT key FROM run WHERE id = @runId) AND candidate = @candidate";
  const changed = `FROM endpoint CROSS JOIN recent_blocks AS change ON change.endpoint_key = endpoint.key
    CROSS JOIN`;
  const where = `WHERE ${ofRun} AND change.version > @since`;
  return {
    endpoints: db.prepare<[RunAndCandidate], VersionedEndpoint>(
      `SELECT key, candidate, route, name AS endpoint, version FROM endpoint
       CROSS JOIN recent_blocks ON endpoint_key = endpoint.key WHERE ${ofRun} ORDER BY route, name`,
    ),
    old: db.prepare<[Since], BlockRow>(
      `SELECT block.endpoint_key AS endpointKey, block.key, block.first_slot AS first, level, block.version
       ${changed} block ON block.endpoint_key = endpoint.key ${where}`,
    ),
    counts: db
      .prepare<[Since], readonly [key: number, counts: Uint8Array]>(
        `SELECT block.key, counts ${changed} block ON block.endpoint_key = endpoint.key ${where} AND block.version > @since`,
      )
      .raw(),
    recent: db.prepare<[Since], RecentRow>(
      `SELECT endpoint_key AS endpointKey, blocks FROM endpoint
       CROSS JOIN recent_blocks AS change ON endpoint_key = endpoint.key ${where}`,
    ),
    sets: db
      .prepare<[Since], SetColumns>(
        `SELECT outcome_set.endpoint_key, outcome_set.key, paired, overflow, beyond_cap, fields
         ${changed} outcome_set ON outcome_set.endpoint_key = endpoint.key ${where}`,
      )
      .raw(),
    features: db
      .prepare<[Since], FeatureColumns>(
        `SELECT feature.endpoint_key, feature.key, section, path, feature
         ${changed} feature ON feature.endpoint_key = endpoint.key ${where}`,
      )
      .raw(),
  };
}
