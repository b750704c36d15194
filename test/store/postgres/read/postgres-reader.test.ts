import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { migratePostgres } from "../../../../src/store/postgres/migrate-postgres.ts";
import { openPostgresReader } from "../../../../src/store/postgres/read/postgres-reader.ts";
import { StoreError } from "../../../../src/store/store-errors.ts";
import type { StoreReader } from "../../../../src/store/store.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { postgresLocation, withSession } from "../postgres-session.ts";

const NAME = "shadowdiff test reader";
const INSERT_RUN = `INSERT INTO run (id, name, started_at, labels, primary_subset, candidates, gate, rules)
  VALUES ('run-1', 'one', 1, '{}', 'v1', '["v2"]', '{}', '[]')`;
const SESSIONS = `SELECT count(*) FROM pg_stat_activity WHERE application_name = '${NAME}'`;

let server: Postgres;
let migrated: string;

beforeAll(async () => {
  server = await startPostgres();
  migrated = await server.createDatabase();
  await withSession(server.url(migrated), (session) => migratePostgres(session, undefined));
});
afterAll(() => server.remove());

async function open(url: string): Promise<StoreReader> {
  const reader = await openPostgresReader(postgresLocation(url), { applicationName: NAME });
  onTestFinished(() => reader.close());
  return reader;
}

async function openNew(): Promise<{ database: string; reader: StoreReader }> {
  const database = await server.createDatabase(migrated);
  return { database, reader: await open(server.url(database)) };
}

async function idsOf(reader: StoreReader): Promise<readonly string[]> {
  return (await reader.runs()).map(({ id }) => id);
}

describe("opening", () => {
  it("says why a database cannot be read, and leaves no session", async () => {
    const empty = await server.createDatabase();
    await expect(open(server.url(empty))).rejects.toThrow("it is empty: no run has been stored yet");
    const newer = await server.createDatabase(migrated);
    await server.sql("INSERT INTO migration VALUES ('999_later.sql', 'x')", newer);
    await expect(open(server.url(newer))).rejects.toThrow(
      "newer version of shadowdiff (it has the migration 999_later.sql)",
    );
    const older = await server.createDatabase(migrated);
    await server.sql("DELETE FROM migration", older);
    await expect(open(server.url(older))).rejects.toThrow(/older version of shadowdiff .*001_initial\.sql is missing/);
    await expect(open(server.url("nowhere"))).rejects.toThrow('database "nowhere" does not exist');
    await vi.waitFor(async () => expect(await server.sql(SESSIONS)).toBe("0"));
  });

  it("never shows the password", async () => {
    const url = server.url("nowhere").replace("postgres@", "postgres:secret-word@");
    const error = await open(url).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).toBeInstanceOf(StoreError);
    expect([error?.message, error?.stack].join("\n")).not.toContain("secret-word");
  });
});

describe("a snapshot", () => {
  it("has one state while others write, and the next one has theirs", async () => {
    const { database, reader } = await openNew();
    const seen = await reader.snapshot(async (bound) => {
      const before = await idsOf(bound);
      await server.sql(INSERT_RUN, database);
      return [before, await idsOf(bound), await bound.snapshot(idsOf)];
    });
    expect(seen).toEqual([[], [], []]);
    expect(await idsOf(reader)).toEqual(["run-1"]);
  });

  it("cannot lose a day that retention deletes in the meantime", async () => {
    const { database, reader } = await openNew();
    await server.sql("CREATE TABLE accounting_1 PARTITION OF accounting FOR VALUES FROM (1) TO (2)", database);
    const drop = "SET lock_timeout = 100; DROP TABLE accounting_1";
    await reader.snapshot(async (bound) => {
      expect(await bound.accounting("run-1", "v2")).toEqual([]);
      await expect(server.sql(drop, database)).rejects.toThrow("lock timeout");
    });
    await server.sql(drop, database);
  });

  it("that fails for another reason leaves its session to the next one", async () => {
    const { reader } = await openNew();
    const defect = new Error("a defect");
    await expect(reader.snapshot(() => Promise.reject(defect))).rejects.toBe(defect);
    expect(await server.sql(SESSIONS)).toBe("1");
    expect(await idsOf(reader)).toEqual([]);
    expect(await server.sql(SESSIONS)).toBe("1");
  });
});

describe("a reader", () => {
  it("fails a query whose session has ended, and continues with another one", async () => {
    const { database, reader } = await openNew();
    await server.sql(INSERT_RUN, database);
    const failed = reader.snapshot(async (bound) => {
      await idsOf(bound);
      await server.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
      );
      return idsOf(bound);
    });
    await expect(failed).rejects.toBeInstanceOf(StoreError);
    expect(await idsOf(reader)).toEqual(["run-1"]);
  });

  it("changes its version with every merge and every edit", async () => {
    const { database, reader } = await openNew();
    const first = await reader.version();
    expect(await reader.version()).toBe(first);
    await server.sql("UPDATE merge_state SET version = version + 1", database);
    const second = await reader.version();
    await server.sql("UPDATE shared_state SET change = change + 1", database);
    expect(new Set([first, second, await reader.version()]).size).toBe(3);
  });

  it("reads from a standby", async () => {
    const database = await server.createDatabase(migrated);
    await server.sql(INSERT_RUN, database);
    const standby = await server.startStandby();
    onTestFinished(() => standby.remove());
    const reader = await open(standby.url(database, { target_session_attrs: "standby" }));
    await vi.waitFor(async () => expect(await idsOf(reader)).toEqual(["run-1"]));
    await reader.close();
  });

  it("finds the samples with a parameter among very many, also of the same millisecond", async () => {
    const { database, reader } = await openNew();
    await server.sql(
      `${INSERT_RUN};
       INSERT INTO endpoint SELECT key, 1, 'x', 'v2', 'default', 'GET /a' FROM run;
       CREATE TABLE sample_1 PARTITION OF sample FOR VALUES FROM (1) TO (2);
       INSERT INTO sample SELECT run.key, 1, number, 1, 's' || number, number / 7, 'GET',
         CASE WHEN number % 4000 = 0 THEN '/a?rare=1' ELSE '/a?other=' || number END, '[]', '[]', '[]', 200, 200, 0, 0
         FROM run, generate_series(1, 12001) AS number`,
      database,
    );
    const ids = async (filter: object): Promise<readonly string[]> =>
      (await reader.samples("run-1", "v2", { limit: 12_001, ...filter })).map(({ id }) => id);
    expect(await ids({ query: "rare" })).toEqual(["s12000", "s8000", "s4000"]);
    expect(await ids({ query: "rare", limit: 2 })).toEqual(["s12000", "s8000"]);
    expect(new Set(await ids({ withoutQuery: "rare" })).size).toBe(11_998);
  });
});

describe("replicas that were lost", () => {
  it("are those of the run without an end and without a heartbeat for ten seconds", async () => {
    const { database, reader } = await openNew();
    await server.sql(
      `${INSERT_RUN};
       INSERT INTO run (id, name, started_at, labels, primary_subset, candidates, gate, rules)
         VALUES ('run-2', 'two', 2, '{}', 'v1', '[]', '{}', '[]');
       INSERT INTO replica (id, name, version, config_hash, listen, admin, run_key, heartbeat_at, ended_at, lost_at, uncommitted, rate)
       SELECT id, 'host ' || id, '', '', '', '', run, now() - age * interval '1 second', CASE WHEN ended THEN now() END,
         CASE id WHEN 'found' THEN now() END, 5, 2.5
       FROM (VALUES ('live', 1, 9, false), ('lost', 1, 11, false), ('found', 1, 40, false),
         ('ended', 1, 60, true), ('other', 2, 60, false))
         AS given (id, run, age, ended)`,
      database,
    );
    const [found, lost, ...others] = await reader.lostReplicas("run-1");
    const any = expect.any(Number) as number;
    expect(found).toEqual({ name: "host found", lastHeartbeatAt: any, uncommitted: 5, rate: 2.5, silentMs: 40_000 });
    expect(lost).toEqual({ name: "host lost", lastHeartbeatAt: any, uncommitted: 5, rate: 2.5, silentMs: any });
    expect(others).toEqual([]);
    expect(lost?.silentMs).toBeGreaterThanOrEqual(11_000);
    expect(Date.now() - (lost?.lastHeartbeatAt ?? 0)).toBeGreaterThanOrEqual(11_000);
    expect(await reader.lostReplicas("run-3")).toEqual([]);
  });
});
