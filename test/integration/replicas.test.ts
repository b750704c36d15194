import { execFile } from "node:child_process";
import type { Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ControlView } from "../../src/model/control.ts";
import type { Report } from "../../src/model/report.ts";
import type { Run } from "../../src/model/run.ts";
import type { Status } from "../../src/model/status.ts";
import type { Replicas } from "../../src/model/views/replicas.ts";
import { startPostgres, type Postgres } from "../tools/start-postgres.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll, startLoad, type Load } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const CLI = join(import.meta.dirname, "../../src/shadowdiff.js");
const run = promisify(execFile);
const PATIENCE = { interval: 50 };
const PATHS = Array.from({ length: 20 }, (_, index) => `/items/${index}`);

let postgres: Postgres;
let servers: Server[];
let database: string;
let replicas: Shadowdiff[];
let loads: Load[];

beforeAll(async () => {
  postgres = await startPostgres();
  servers = await Promise.all([startEcho("one"), startEcho("two")]);
});
beforeEach(async () => {
  database = await postgres.createDatabase();
  replicas = [];
  loads = [];
});
afterEach(async () => {
  await Promise.all(loads.map((load) => load.stop()));
  await Promise.all(replicas.map((replica) => replica.stop()));
});
afterAll(async () => {
  stopServers(servers);
  await postgres.remove();
});

/** Starts a replica of the store. */
async function start(name: string, ...args: string[]): Promise<Shadowdiff> {
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  const replica = await startShadowdiff({
    args: ["--primary", primary, "--candidate", candidate, "--replica-name", name, ...args],
    store: postgres.url(database),
  });
  replicas.push(replica);
  return replica;
}

/** Like a server or a pooler that loses every notification. */
async function withoutNotifications(): Promise<void> {
  await postgres.sql(
    `CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS '';
     ALTER DATABASE ${database} SET search_path = public, pg_catalog`,
    database,
  );
}

interface Changed<Body> {
  readonly status: number;
  readonly body: Body;
}

/** Sends a change. @returns its response, which is an error for another status than expected */
async function change(replica: Shadowdiff, method: string, path: string, body: object = {}): Promise<Changed<unknown>> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(replica.admin + path, { method, headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

function pause(replica: Shadowdiff, paused: boolean): Promise<Changed<ControlView>> {
  return change(replica, "PUT", "/api/v1/control/mirroring", { paused }) as Promise<Changed<ControlView>>;
}

function ruleOf({ body }: Changed<unknown>): string {
  return (body as { rule: { id: string } }).rule.id;
}

const controlOf = (replica: Shadowdiff) => replica.get<ControlView>("/api/v1/control");
const replicasOf = async (replica: Shadowdiff) => (await replica.get<Replicas>("/api/v1/replicas")).replicas;
const currentOf = async (replica: Shadowdiff) => (await replica.get<{ current: string }>("/api/v1/runs")).current;
const reportOf = (replica: Shadowdiff, id: string) => replica.get<Report>(`/api/v1/report?run=${id}`);

describe("pause and shares", () => {
  for (const way of ["by a notification", "by polls alone"]) {
    it(`stop mirroring on every replica within two seconds ${way}, and no request of another one is lost`, async () => {
      if (way === "by polls alone") await withoutNotifications();
      const [a, b] = [await start("a"), await start("b")];
      await sendAll(b.proxy, PATHS);
      const paused = await pause(a, true);
      expect([paused.status, paused.body.paused, paused.body.reach?.unstored]).toEqual([200, true, null]);
      await expect.poll(async () => (await controlOf(b)).paused, PATIENCE).toBe(true);
      await sendAll(b.proxy, PATHS);
      await sendAll(a.proxy, PATHS);
      const report = await b.reportWhere((now) => isAtRest(now, 60));
      expect([report.accounting.received, report.accounting.compared, report.accounting.notMirrored]).toEqual([
        60,
        20,
        { paused: 40 },
      ]);
      await expect.poll(async () => (await a.report()).accounting, PATIENCE).toEqual(report.accounting);
      const share = { route: "default", candidate: "candidate", percent: 0 };
      await change(b, "PUT", "/api/v1/control/percent", share);
      await pause(b, false);
      await expect.poll(async () => (await controlOf(a)).candidates[0]?.effective, PATIENCE).toBe(0);
      const { changes, reach } = await controlOf(a);
      expect(changes.map(({ after, replica }) => `${after} on ${replica}`)).toEqual([
        "on on b",
        "0% on b",
        "paused on a",
      ]);
      await expect
        .poll(async () => (await controlOf(a)).reach, PATIENCE)
        .toEqual({ ...reach, applied: ["a", "b"], waiting: [] });
    });
  }

  it("apply to a replica that starts before its first request, also when all others have ended", async () => {
    const a = await start("a");
    expect((await pause(a, true)).status).toBe(200);
    const b = await start("b");
    expect(await currentOf(b)).toBe(await currentOf(a));
    await sendAll(b.proxy, PATHS);
    const report = await b.reportWhere((now) => isAtRest(now, 20));
    expect(report.accounting.notMirrored).toEqual({ paused: 20 });
    await a.stop();
    await b.stop();
    const c = await start("c");
    expect((await controlOf(c)).paused).toBe(true);
    expect(await currentOf(c)).not.toBe(report.run.id);
  });

  it("a pause works without the store on the replica that is asked, and reaches the other when the store is back", async () => {
    const [a, b] = [await start("a"), await start("b")];
    await postgres.stop();
    try {
      const paused = await pause(a, true);
      expect([paused.status, paused.body.paused, (await controlOf(b)).paused]).toEqual([200, true, false]);
      expect(paused.body.reach?.unstored).not.toBe(null);
      expect(paused.body.reach?.applied).toEqual(["a"]);
      const share = { route: "default", candidate: "candidate", percent: 1 };
      const refused = await change(b, "PUT", "/api/v1/control/percent", share);
      expect(refused).toMatchObject({ status: 503, body: { error: { code: "store-unavailable" } } });
      expect((await controlOf(b)).candidates[0]?.override).toBe(null);
    } finally {
      await postgres.start();
    }
    await expect.poll(async () => (await controlOf(b)).paused, PATIENCE).toBe(true);
    await expect.poll(async () => (await controlOf(a)).reach?.unstored, PATIENCE).toBe(null);
    expect((await controlOf(b)).changes).toHaveLength(1);
  });
});

describe("a replica that starts while the store is away", () => {
  it("serves and mirrors as configured, and then joins the run with what it has captured, and takes over the pause", async () => {
    const a = await start("a");
    await pause(a, true);
    await postgres.stop();
    try {
      const b = await start("b");
      expect(b.stdout()).toContain("not stored: ");
      const responses = await sendAll(b.proxy, PATHS);
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    } finally {
      await postgres.start();
    }
    const b = replicas[1] as Shadowdiff;
    await expect.poll(async () => (await controlOf(b)).paused, PATIENCE).toBe(true);
    expect(await currentOf(b)).toBe(await currentOf(a));
    await sendAll(b.proxy, PATHS);
    const { accounting } = await a.reportWhere((now) => isAtRest(now, 40));
    expect([accounting.received, accounting.compared, accounting.notMirrored]).toEqual([40, 20, { paused: 20 }]);
    expect((await a.get<{ runs: Run[] }>("/api/v1/runs")).runs).toHaveLength(1);
  });
});

describe("rules", () => {
  it("and reviews of one replica change the report of the other", async () => {
    const [a, b] = [await start("a"), await start("b")];
    await sendAll(a.proxy, PATHS);
    const before = await b.reportWhere((now) => isAtRest(now, 20));
    expect([before.accounting.differed, before.parity.rate]).toEqual([20, 0]);
    const rule = {
      endpoint: "**",
      section: "body",
      path: "$.version",
      action: { type: "ignore" },
      owner: "",
      reason: "r",
    };
    const added = await change(a, "POST", "/api/v1/rules", rule);
    expect(added.status).toBe(201);
    await expect.poll(async () => (await b.report()).parity.rate, PATIENCE).toBe(1);
    // Exchanges that are compared from now on follow it as well.
    await sendAll(b.proxy, PATHS);
    await expect.poll(async () => (await a.report()).accounting.compared, PATIENCE).toBe(40);
    const after = await a.reportWhere((now) => isAtRest(now, 40));
    expect([after.parity.rate, after.accounting.received]).toEqual([1, 40]);
    expect((await change(b, "DELETE", `/api/v1/rules/${ruleOf(added)}`)).status).toBe(200);
    await expect.poll(async () => (await a.report()).parity.rate, PATIENCE).toBeLessThan(1);
  });
});

describe("runs", () => {
  it("end on all replicas under load, and the counts of both add up", async () => {
    const all = [await start("a"), await start("b", "--threads-proxy", "2"), await start("c")];
    const [a, b, c] = all as [Shadowdiff, Shadowdiff, Shadowdiff];
    loads = all.map(({ proxy }) => startLoad(proxy, (index) => `/items/${index % 50}`, 4, 5));
    const served = () => loads.map((load) => load.completed());
    await expect.poll(() => Math.min(...served()), PATIENCE).toBeGreaterThan(100);
    const first = await currentOf(a);
    const { stdout } = await run(process.execPath, [CLI, "run", "start", "--name", "second", "--url", b.admin]);
    expect(stdout).toMatch(/^ended \S+, started \S+ \(second\)\n$/);
    expect(new Set(await Promise.all(all.map(currentOf))).size).toBe(1);
    const before = served();
    await expect
      .poll(() => Math.min(...served().map((count, index) => count - (before[index] ?? 0))), PATIENCE)
      .toBeGreaterThan(100);
    const total = (await Promise.all(loads.map((load) => load.stop()))).reduce((sum, { length }) => sum + length, 0);

    const second = await currentOf(c);
    // The run that has ended grows until what replicas appended to it is merged.
    const bothReports = async () => Promise.all([reportOf(c, first), a.report()]);
    await expect
      .poll(async () => (await bothReports()).reduce((sum, { accounting }) => sum + accounting.compared, 0), PATIENCE)
      .toBe(total);
    const reports = await bothReports();
    for (const report of reports) expect(brokenInvariants(report)).toEqual([]);
    expect(reports.reduce((sum, { accounting }) => sum + accounting.received, 0)).toBe(total);
    expect(reports.reduce((sum, { accounting }) => sum + accounting.compared, 0)).toBe(total);
    expect(reports.at(-1)?.run.id).toBe(second);
    const { runs } = await a.get<{ runs: Run[] }>("/api/v1/runs");
    expect(runs.map(({ id, endedAt }) => [id, endedAt === null])).toEqual([
      [second, true],
      [first, false],
    ]);
    expect(await reportOf(b, first)).toEqual(await reportOf(c, first));
  });

  it("begin once when two replicas are asked at the same time", async () => {
    const [a, b] = [await start("a"), await start("b")];
    const begun = await Promise.all([a, b].map((replica) => change(replica, "POST", "/api/v1/runs", { name: "x" })));
    expect(begun.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(begun.find(({ status }) => status !== 201)).toMatchObject({
      status: 409,
      body: { error: { code: "run-changing", remedy: expect.stringContaining("GET /api/v1/runs") } },
    });
    await expect.poll(async () => (await currentOf(a)) === (await currentOf(b)), PATIENCE).toBe(true);
    expect((await a.get<{ runs: Run[] }>("/api/v1/runs")).runs).toHaveLength(2);
  });
});

describe("the list of replicas", () => {
  it("shows health, version and configuration of all, which differs, stalls, is lost, comes back and ends", async () => {
    const [a, b] = [await start("a"), await start("b", "--gate-parity", "0.5")];
    const listed = async () =>
      (await replicasOf(a)).map(({ name, state, self, differing }) => [name, state, self, differing]);
    await expect.poll(listed, PATIENCE).toEqual([
      ["a", "live", true, []],
      ["b", "live", false, ["gate"]],
    ]);
    const seen = (await replicasOf(a)).find(({ name }) => name === "b");
    const own = (await replicasOf(b)).find(({ name }) => name === "b");
    expect(seen).toMatchObject({ id: own?.id, version: own?.version, config: own?.config, adminUrl: b.admin });
    expect(seen?.runId).toBe(await currentOf(a));
    await expect.poll(async () => (await replicasOf(a))[1]?.health, PATIENCE).toEqual(own?.health);
    expect((await a.get<Status>("/api/v1/status")).replicas?.differing).toEqual([{ name: "b", sections: ["gate"] }]);
    expect(await a.metric("shadowdiff_replica_config_differs", { replica: "b" })).toBe(1);
    const stateOfB = async () => (await replicasOf(a))[1]?.state;
    b.process.kill("SIGSTOP");
    await expect.poll(stateOfB, PATIENCE).toBe("stalled");
    await expect.poll(stateOfB, PATIENCE).toBe("lost");
    expect((await a.get<Status>("/api/v1/status")).replicas?.lost).toEqual(["b"]);
    b.process.kill("SIGCONT");
    await expect.poll(stateOfB, PATIENCE).toBe("live");
    await b.stop();
    await expect.poll(stateOfB, PATIENCE).toBe("ended");
    expect(await a.metric("shadowdiff_replicas", { state: "live" })).toBe(1);
    expect(await a.metric("shadowdiff_replicas", { state: "ended" })).toBe(1);
  });
});
