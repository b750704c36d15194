import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { LogEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { encodeEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { encodeRun } from "../../../../src/store/packing/run-rows.ts";
import type { Run } from "../../../../src/model/run.ts";
import { closeSession, openSession, type PostgresSession } from "../../../../src/store/postgres/connect/connection.ts";
import { Merger } from "../../../../src/store/postgres/merge/merger.ts";
import type { MergerOptions } from "../../../../src/store/postgres/merge/merger-options.ts";
import { migratePostgres } from "../../../../src/store/postgres/migrate-postgres.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { OPTIONS, RUN } from "../../store-fixture.ts";
import { postgresLocation, withSession } from "../postgres-session.ts";
import { storedCounts } from "./stored-counts.ts";

/** A server with one migrated database, which tests copy. */
class MergeServer {
  readonly #server: Postgres;
  readonly #template: string;

  private constructor(server: Postgres, template: string) {
    this.#server = server;
    this.#template = template;
  }

  static async start(): Promise<MergeServer> {
    const server = await startPostgres();
    const template = await server.createDatabase();
    await withSession(server.url(template), (session) => migratePostgres(session, undefined));
    return new MergeServer(server, template);
  }

  async createDatabase(): Promise<MergeDatabase> {
    const url = this.#server.url(await this.#server.createDatabase(this.#template));
    return new MergeDatabase(
      url,
      await openSession(postgresLocation(url), { applicationName: "test", access: "write" }),
    );
  }

  async remove(): Promise<void> {
    await this.#server.remove();
  }
}

/** Starts a server for the tests of a file. @returns a function that gives it */
export function mergeServer(): () => MergeServer {
  let server: MergeServer | undefined;
  beforeAll(async () => {
    server = await MergeServer.start();
  });
  afterAll(async () => {
    await server?.remove();
  });
  return () => {
    if (server === undefined) throw new Error("There is no server outside of a test.");
    return server;
  };
}

/** Starts a server for the tests of a file. @returns a function that gives the database of the current test */
export function mergeDatabase(): () => MergeDatabase {
  const serverOf = mergeServer();
  let database: MergeDatabase | undefined;
  beforeEach(async () => {
    database = await serverOf().createDatabase();
  });
  afterEach(() => {
    database?.close();
  });
  return () => {
    if (database === undefined) throw new Error("There is no database outside of a test.");
    return database;
  };
}

/** A database in which replicas append and mergers merge. */
export class MergeDatabase {
  readonly session: PostgresSession;
  readonly #url: string;
  readonly #sessions: PostgresSession[] = [];

  constructor(url: string, session: PostgresSession) {
    this.#url = url;
    this.session = session;
  }

  async openSession(): Promise<PostgresSession> {
    const session = await openSession(postgresLocation(this.#url), { applicationName: "test", access: "write" });
    this.#sessions.push(session);
    return session;
  }

  /** @returns the key of the run */
  async beginRun(run: Run = RUN): Promise<number> {
    const { id, name, startedAt, primary, secondary, labels, candidates, gate, rules } = encodeRun(run);
    const { rows } = await this.session.query<{ key: number }>(
      `INSERT INTO run (id, name, started_at, labels, primary_subset, candidates, secondary_subset, gate, rules)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING key`,
      [id, name, startedAt, labels, primary, candidates, secondary, gate, rules],
    );
    const key = rows[0]?.key ?? 0;
    await this.session.query("UPDATE shared_state SET current_run_key = $1", [key]);
    return key;
  }

  async addReplica(id: string): Promise<Replica> {
    const { rows } = await this.session.query<{ key: number }>(
      `INSERT INTO replica (id, name, heartbeat_at, version, config_hash, listen, admin)
       VALUES ($1, $1, ${HEARTBEAT}, '1', '', '', '') RETURNING key`,
      [id],
    );
    return new Replica(this.session, rows[0]?.key ?? 0);
  }

  /** All rows of a statement, each as its values. */
  async rows(sql: string, values: readonly unknown[] = []): Promise<unknown[][]> {
    const { rows } = await this.session.query<Record<string, unknown>>(sql, [...values]);
    return rows.map((row) => Object.values(row));
  }

  /** What the database has counted, without keys. */
  counts() {
    return storedCounts(async (sql) => (await this.session.query<Record<string, unknown>>(sql)).rows);
  }

  close(): void {
    for (const session of [this.session, ...this.#sessions]) closeSession(session);
  }
}

/** However slow the test is, the replica is not lost. */
const HEARTBEAT = "now() + interval '1 hour'";

/** Appends as a store thread does. */
export class Replica {
  readonly key: number;
  readonly #session: PostgresSession;

  constructor(session: PostgresSession, key: number) {
    this.#session = session;
    this.key = key;
  }

  async append(runKey: number, ...entries: readonly LogEntry[]): Promise<void> {
    for (const entry of entries) await this.appendPayload(runKey, entry.kind, encodeEntry(entry));
  }

  async appendPayload(runKey: number, kind: string, payload: Buffer): Promise<void> {
    await this.#session.query(
      `WITH next AS (
         UPDATE replica SET last_sequence = last_sequence + 1, heartbeat_at = ${HEARTBEAT}, lost_at = NULL WHERE key = $1
         RETURNING last_sequence)
       INSERT INTO entry (run_key, replica_key, sequence, kind, payload) SELECT $2, $1, last_sequence, $3, $4 FROM next`,
      [this.key, runKey, kind, payload],
    );
  }

  /** As if it had been killed a while ago. */
  async fallSilent(): Promise<void> {
    await this.#session.query("UPDATE replica SET heartbeat_at = now() - interval '11 seconds' WHERE key = $1", [
      this.key,
    ]);
  }

  async end(): Promise<void> {
    await this.#session.query("UPDATE replica SET ended_at = now() WHERE key = $1", [this.key]);
  }
}

export function createMerger(options: Partial<MergerOptions> = {}): Merger {
  return new Merger({ ...OPTIONS, replicaKey: null, ...options });
}

/** Merges until no entry is left. */
export async function mergeAll(merger: Merger, session: PostgresSession): Promise<void> {
  for (let entriesLeft = true; entriesLeft;) {
    const result = await merger.mergeOnce(session);
    if (result === "busy") throw new Error("Another process merges.");
    ({ entriesLeft } = result);
  }
}
