import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ControlEdit } from "../../../../src/model/shared/control-edit.ts";
import type { ReplicaReport, SharedState } from "../../../../src/model/shared/replica.ts";
import { migratePostgres } from "../../../../src/store/postgres/migrate-postgres.ts";
import { announceChange } from "../../../../src/store/postgres/shared/announcements.ts";
import { SharedFollower } from "../../../../src/store/postgres/shared/shared-follower.ts";
import { REPORT } from "../../../admin/replicas/replica-fixture.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { postgresLocation, withSession } from "../postgres-session.ts";

const PATIENCE = { interval: 5 };
const PAUSE = { type: "pause", paused: true, by: "10.0.0.1" } as const;

let server: Postgres;
let template: string;
let database: string;
let open: Follower[];

interface Follower {
  readonly name: string;
  readonly follower: SharedFollower;
  readonly states: SharedState[];
  readonly changes: number[];
  merges: number;
  readonly last: () => SharedState | undefined;
}

beforeAll(async () => {
  server = await startPostgres();
  template = await server.createDatabase();
  await withSession(server.url(template), (session) => migratePostgres(session, undefined));
});
afterAll(() => server.remove());
beforeEach(async () => {
  database = await server.createDatabase(template);
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map(({ follower }) => follower.close()));
});

/** A registered replica that follows the store. */
async function start(name: string): Promise<Follower> {
  await server.sql(
    `INSERT INTO replica (id, name, version, config_hash, listen, admin) VALUES ('id-${name}', '${name}', '', '', '', '')`,
    database,
  );
  const states: SharedState[] = [];
  const changes: number[] = [];
  const follower = new SharedFollower({
    location: postgresLocation(server.url(database)),
    applicationName: `shadowdiff test ${name}`,
    replicaId: `id-${name}`,
    onState: (state) => states.push(state),
    onChange: () => changes.push(states.at(-1)?.change ?? -1),
    onMerge: () => (started.merges += 1),
  });
  const started: Follower = { name, follower, states, changes, merges: 0, last: () => states.at(-1) };
  open.push(started);
  follower.start();
  await expect.poll(() => states.length, PATIENCE).toBeGreaterThan(0);
  return started;
}

/** Like a server or a pooler that loses every notification. */
async function withoutNotifications(): Promise<void> {
  await server.sql(
    `CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS '';
     ALTER DATABASE ${database} SET search_path = public, pg_catalog`,
    database,
  );
}

function report(parts: Partial<ReplicaReport> = {}): ReplicaReport {
  return { ...REPORT, ...parts };
}

describe("the shared state of a store", () => {
  it("begins without a pause, shares, a run or a change", async () => {
    const a = await start("a");
    expect(a.last()).toMatchObject({ change: 0, control: { paused: false, percents: [] }, changes: [], run: null });
    expect(a.changes).toEqual([0]);
  });

  for (const way of ["by a notification", "by polls alone"]) {
    it(`reaches the other replica within two seconds ${way}`, async () => {
      if (way === "by polls alone") await withoutNotifications();
      const [a, b] = [await start("a"), await start("b")];
      expect(await a.follower.edit({ ...PAUSE, at: 1, replica: "a" })).toBe(null);
      // Before the edit resolves.
      expect(a.last()?.control.paused).toBe(true);
      await expect.poll(() => b.last()?.control.paused, PATIENCE).toBe(true);
      expect(b.last()).toMatchObject({
        change: 1,
        changes: [{ at: 1, what: "mirroring", before: "on", after: "paused", by: "10.0.0.1", replica: "a" }],
      });
      expect(b.changes).toEqual([0, 1]);
      const polled = b.states.length;
      await withSession(server.url(database), (session) => announceChange(session));
      await expect.poll(() => b.changes, PATIENCE).toEqual([0, 1, 2]);
      expect(b.states.length).toBeGreaterThan(polled);
    });
  }

  it("is followed although other programs send notifications on the same channel", async () => {
    const a = await start("a");
    for (const payload of ["", "hello", "null", "1", "[]", '{"merge":"x"}'])
      await server.sql(`NOTIFY shadowdiff, '${payload}'`, database);
    await withSession(server.url(database), (session) => announceChange(session));
    await expect.poll(() => a.changes, PATIENCE).toEqual([0, 1]);
  });

  it("loses no edit when many replicas write at once, and all read the same", async () => {
    const all = await Promise.all(["a", "b", "c", "d"].map(start));
    const edits = all.flatMap(({ follower, name }, replica) =>
      [0, 1, 2, 3, 4].map((round) => {
        const edit = {
          type: "percent",
          route: "r",
          candidate: `${name}-${round}`,
          percent: round,
          configured: 100,
        } as const;
        return follower.edit({ ...edit, at: replica * 10 + round, by: "me", replica: name } satisfies ControlEdit);
      }),
    );
    expect(await Promise.all(edits)).toEqual(edits.map(() => null));
    for (const { last } of all) await expect.poll(() => last()?.change, PATIENCE).toBe(20);
    const expected = all.flatMap(({ name }) => [0, 1, 2, 3, 4].map((round) => [`${name}-${round}`, round]));
    const controls = all.map(({ last }) =>
      last()?.control.percents.map(({ candidate, percent }) => [candidate, percent]),
    );
    expect(new Map(controls[0] as [string, number][])).toEqual(new Map(expected as [string, number][]));
    expect(controls[0]).toHaveLength(20);
    expect(controls).toEqual(controls.map(() => controls[0]));
    expect(all[0]?.last()?.changes).toHaveLength(20);
  });

  it("applies an edit once that was sent again", async () => {
    const a = await start("a");
    const edit: ControlEdit = { ...PAUSE, at: 1, replica: "a" };
    await a.follower.edit(edit);
    await a.follower.edit(edit);
    expect([a.last()?.change, a.last()?.changes.length]).toEqual([1, 1]);
  });

  it("says why an edit is not stored, connects again when the server is back, and has read it before a poll", async () => {
    const a = await start("a");
    await server.stop();
    expect(await a.follower.edit({ ...PAUSE, at: 1, replica: "a" })).toMatch(/connection refused|terminat/);
    const before = a.states.length;
    await server.start();
    await expect.poll(() => a.states.length, PATIENCE).toBeGreaterThan(before);
    expect(await a.follower.edit({ ...PAUSE, at: 2, replica: "a" })).toBe(null);
    expect(a.last()?.changes.map(({ at }) => at)).toEqual([2]);
  });

  it("passes on that counts were merged, with and without a notification", async () => {
    const a = await start("a");
    const before = a.merges;
    await server.sql("UPDATE merge_state SET version = version + 1", database);
    await expect.poll(() => a.merges, PATIENCE).toBe(before + 1);
    await server.sql(`SELECT pg_notify('shadowdiff', '{"merge":7}')`, database);
    await expect.poll(() => a.merges, PATIENCE).toBe(before + 2);
  });
});

describe("the replicas of a store", () => {
  it("tell each other health, version, configuration and what they apply", async () => {
    const [a, b] = [await start("a"), await start("b")];
    a.follower.report(report({ applied: 3, version: "1.2.3+abc", adminUrl: "http://a:9900" }));
    await expect.poll(() => b.last()?.replicas.find(({ name }) => name === "a")?.applied, PATIENCE).toBe(3);
    expect(b.last()?.replicas.find(({ name }) => name === "a")).toMatchObject({
      id: "id-a",
      state: "live",
      version: "1.2.3+abc",
      adminUrl: "http://a:9900",
      config: REPORT.config,
      health: REPORT.health,
      runId: null,
    });
  });

  it("are live, stalled, lost or ended", async () => {
    const a = await start("a");
    await start("b");
    const age = (name: string, text: string) =>
      server.sql(`UPDATE replica SET heartbeat_at = now() - interval '${text}' WHERE name = '${name}'`, database);
    const states = () => a.last()?.replicas.map(({ name, state }) => `${name} ${state}`);
    a.follower.report(report());
    await age("b", "3500 ms");
    await expect.poll(states, PATIENCE).toEqual(["a live", "b stalled"]);
    await server.sql("UPDATE replica SET lost_at = now() WHERE name = 'b'", database);
    await expect.poll(states, PATIENCE).toEqual(["a live", "b lost"]);
    // It was suspended, and goes on.
    open.find(({ name }) => name === "b")?.follower.report(report());
    await expect.poll(states, PATIENCE).toEqual(["a live", "b live"]);
    expect(await server.sql("SELECT count(*) FROM replica WHERE lost_at IS NOT NULL", database)).toBe("0");
    await server.sql("UPDATE replica SET ended_at = now() WHERE name = 'b'", database);
    await expect.poll(states, PATIENCE).toEqual(["a live", "b ended"]);
    await age("b", "25 hours");
    await expect.poll(states, PATIENCE).toEqual(["a live"]);
  });

  it("do not wait with a heartbeat for an append of the same replica", async () => {
    const a = await start("a");
    await withSession(server.url(database), async (session) => {
      await session.query("BEGIN");
      await session.query("UPDATE replica SET last_sequence = last_sequence + 1 WHERE name = 'a'");
      a.follower.report(report({ applied: 9 }));
      const polled = a.states.length;
      await expect.poll(() => a.states.length, PATIENCE).toBeGreaterThan(polled + 2);
      await session.query("COMMIT");
    });
    await expect.poll(() => server.sql("SELECT applied FROM replica", database), PATIENCE).toBe("9");
  });
});
