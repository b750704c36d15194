import type { LoadSample } from "../../../src/store/replica-load.ts";
import { afterAll, expect, onTestFinished } from "vitest";
import type { Run } from "../../../src/model/run.ts";
import { closeSession, openSession } from "../../../src/store/postgres/connect/connection.ts";
import { Merger } from "../../../src/store/postgres/merge/merger.ts";
import { migratePostgres } from "../../../src/store/postgres/migrate-postgres.ts";
import { openPostgresReader } from "../../../src/store/postgres/read/postgres-reader.ts";
import { CommitMemory } from "../../../src/store/postgres/write/commit-memory.ts";
import { openPostgresWriter } from "../../../src/store/postgres/write/postgres-writer.ts";
import type { StoreReader, StoreWriter } from "../../../src/store/store.ts";
import { startPostgres, type Postgres } from "../../tools/start-postgres.ts";
import { postgresLocation, withSession } from "../postgres/postgres-session.ts";
import { batch, OPTIONS, received, RUN } from "../store-fixture.ts";
import type { Engine, TestStore, WriterOptions } from "./engine.ts";

const APPLICATION = { applicationName: "shadowdiff test" };
const REPLICA = { id: "replica", name: "test" };
/** How much longer a commit takes than in SQLite, with its merge and its round trips. */
const SLOWER = 5;
const MINUTES_PER_DAY = 1_440;
const BUSY_PAUSE_MS = 5;

/** Entries cannot be committed while the table `refusal` has a row. */
const REFUSAL = `
  CREATE TABLE refusal (reason text);
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (SELECT FROM refusal) THEN RAISE EXCEPTION 'refused by a test'; END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`;
const REFUSED = batch("refused", { accounting: [received(1)] });

const IDLE: LoadSample = { received: 0, uncommitted: 0, rate: 0 };

interface Server {
  readonly server: Postgres;
  /** A database with the tables of a store. */
  readonly template: string;
}

/** One for all tests of a file. */
let starting: Promise<Server> | undefined;
afterAll(async () => {
  await (await starting)?.server.remove();
});

async function start(): Promise<Server> {
  const server = await startPostgres();
  const template = await server.createDatabase();
  await withSession(server.url(template), (session) => migratePostgres(session, undefined));
  await server.sql(REFUSAL, template);
  return { server, template };
}

/** What only a database of a server has. */
export interface PostgresStore extends TestStore {
  readonly server: Postgres;
  readonly database: string;
  /** The writer without merges: it appends to the log of its replica. */
  readonly replica: StoreWriter;
}

/** A new database with a run. */
export async function openPostgres(options: Partial<WriterOptions> = {}, run: Run = RUN): Promise<PostgresStore> {
  starting ??= start();
  const { server, template } = await starting;
  const database = await server.createDatabase(template);
  const location = postgresLocation(server.url(database));
  const commits = new CommitMemory();
  const openWriter = async (changed: Partial<WriterOptions>): Promise<Pick<PostgresStore, "writer" | "replica">> => {
    const limits = { ...OPTIONS, ...options, ...changed };
    const events = { load: () => IDLE, onCommitsLost: reject, onMergeLoss: reject, onMergeFailure: reject };
    const replica = await openPostgresWriter(location, { ...limits, ...events, replica: REPLICA, commits });
    onTestFinished(() => replica.close());
    const session = await openSession(location, { ...APPLICATION, access: "write" });
    onTestFinished(() => closeSession(session));
    const merger = new Merger({ ...limits, replicaKey: null });
    await replica.beginRun(run);
    const merge = async (): Promise<void> => {
      for (let left = true; left;) {
        const result = await merger.mergeOnce(session);
        if (result === "busy") await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
        else left = result.entriesLeft;
      }
    };
    return { replica, writer: merging(replica, merge) };
  };
  const openReader = async (): Promise<StoreReader> => {
    const opened = await openPostgresReader(location, APPLICATION);
    onTestFinished(() => opened.close());
    return opened;
  };
  const { replica, writer: first } = await openWriter({});
  let writer = first;
  return {
    server,
    database,
    store: server.url(database),
    replica,
    writer,
    reader: await openReader(),
    async reopen(changed = {}) {
      await writer.close();
      ({ writer } = await openWriter(changed));
      return writer;
    },
    openReader,
    async failToCommit(batches) {
      await server.sql("INSERT INTO refusal VALUES ('test')", database);
      await expect(writer.commit(run.id, [...batches, REFUSED])).rejects.toThrow("refused by a test");
      await server.sql("DELETE FROM refusal", database);
    },
  };
}

function reject(): void {
  throw new Error("commits were lost, or a merge has failed");
}

/** The methods that append to the log. */
const APPENDING: ReadonlySet<PropertyKey> = new Set(["commit", "interrupt", "forget", "endRun"]);

/** A writer whose entries are merged before its calls return. */
function merging(writer: StoreWriter, merge: () => Promise<void>): StoreWriter {
  return new Proxy(writer, {
    get(target, name) {
      const method = Reflect.get(target, name) as unknown;
      if (typeof method !== "function") return method;
      return async (...parameters: unknown[]) => {
        const result = (await Reflect.apply(method, target, parameters)) as unknown;
        if (APPENDING.has(name)) await merge();
        return result;
      };
    },
  });
}

export const POSTGRES: Engine = {
  open: openPostgres,
  runs: (runs) => Math.ceil(runs / SLOWER),
  retentionMinutes: MINUTES_PER_DAY,
};
