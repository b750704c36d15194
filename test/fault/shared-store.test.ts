import { once } from "node:events";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Accounting } from "../../src/model/accounting.ts";
import { startLoadBalancer, type LoadBalancer } from "../deploy/load-balancer.ts";
import { listening, stopServers, urlOf } from "../integration/echo.ts";
import { startLoad, type LoadResponse } from "../integration/load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { startPostgres, type Postgres } from "../tools/start-postgres.ts";
import { bodyOf } from "./version-body.ts";

const PATIENCE = { interval: 100 };
const NAMES = ["a", "b", "c", "d"];
/** At most 250 requests per second. */
const [CONNECTIONS, PAUSE_MS] = [8, 30];
const OUTAGE_MS = 30_000;
/** Small, so that it is full soon. */
const DISK_BYTES = 192 * 1024 ** 2;
const CHUNK = Buffer.alloc(1024 ** 2, "x");

/** Requests that have reached the primary: those that nginx repeats count twice. */
let arrived = 0;
/** Requests of the clients, each with its response. */
let sent = 0;
let servers: Server[];
let [primary, standby]: [Postgres | undefined, Postgres | undefined] = [undefined, undefined];
let replicas: Shadowdiff[];
let balancer: LoadBalancer;

function startVersion(onRequest: () => void): Promise<Server> {
  return listening(
    createServer((req, res) => {
      onRequest();
      res.setHeader("content-type", "application/json");
      res.end(bodyOf(req.url ?? ""));
    }),
  );
}

/** Sends requests while something happens. @returns the responses that are not exactly the primary's */
async function failuresDuring(event: () => Promise<void>): Promise<readonly LoadResponse[]> {
  const first = sent;
  const load = startLoad(balancer.proxy, (index) => `/items/${first + index}`, CONNECTIONS, PAUSE_MS);
  let responses: readonly LoadResponse[] = [];
  try {
    await expect.poll(() => load.completed(), PATIENCE).toBeGreaterThan(200);
    await event();
    const during = load.completed();
    await expect.poll(() => load.completed(), PATIENCE).toBeGreaterThan(during + 200);
  } finally {
    responses = await load.stop();
    sent += responses.length;
  }
  return responses.filter(({ path, status, body }) => status !== 200 || body !== bodyOf(path));
}

type Sums = Pick<Accounting, "received" | "compared" | "matched">;

/** What each replica reports once it has caught up. */
async function reportedSums(): Promise<readonly Sums[]> {
  const sums = replicas.map(async (replica): Promise<Sums> => {
    const { accounting } = await replica.reportWhere((report) => isAtRest(report, sent));
    const { received, compared, matched } = accounting;
    return { received, compared, matched };
  });
  return Promise.all(sums);
}

/** What each replica must report if nothing was lost. */
function exactSums(): readonly Sums[] {
  return replicas.map(() => ({ received: sent, compared: sent, matched: sent }));
}

/** @returns the reasons for which replicas cannot store, of those that cannot */
async function storeErrors(): Promise<readonly string[]> {
  const all = await Promise.all(
    replicas.map((replica) => replica.get<{ store: { error: string | null } }>("/api/v1/status")),
  );
  return all.flatMap(({ store }) => store.error ?? []);
}

/** Writes until there is no room left. @returns the file */
function fillDisk(directory: string): string {
  const file = join(directory, "filler");
  const descriptor = openSync(file, "w");
  try {
    for (;;) writeSync(descriptor, CHUNK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    return file;
  } finally {
    closeSync(descriptor);
  }
}

beforeAll(async () => {
  const settings = {
    max_wal_size: "48MB",
    min_wal_size: "32MB",
    wal_keep_size: "32MB",
    wal_retrieve_retry_interval: "200ms",
  };
  primary = await startPostgres({ isDurable: true, diskBytes: DISK_BYTES, settings });
  const database = await primary.createDatabase();
  standby = await primary.startStandby();
  const hosts = [primary, standby].map(({ host, port }) => `${host}:${port}`);
  const store = `postgres://postgres@${hosts.join()}/${database}`;
  servers = await Promise.all([startVersion(() => (arrived += 1)), startVersion(() => undefined)]);
  const [url, candidate] = servers.map(urlOf) as [string, string];
  const args = ["--primary", url, "--candidate", candidate, "--threads-proxy", "1", "--threads-compare", "1"];
  replicas = await Promise.all(
    NAMES.map((name) => startShadowdiff({ args: [...args, "--replica-name", name], store })),
  );
  balancer = await startLoadBalancer(replicas);
});

afterAll(async () => {
  await balancer?.stop();
  await Promise.all((replicas ?? []).map((replica) => replica.stop()));
  stopServers(servers);
  await standby?.remove();
  await primary?.remove();
});

describe("four replicas behind nginx, with one PostgreSQL, under load", () => {
  it("count every request when PostgreSQL restarts", async () => {
    const failures = await failuresDuring(async () => {
      await primary?.stop();
      await primary?.start();
    });
    expect(failures).toEqual([]);
    expect(await reportedSums()).toEqual(exactSums());
  });

  it("count every request when PostgreSQL crashes and recovers", async () => {
    const failures = await failuresDuring(async () => {
      await primary?.stop("immediate");
      await primary?.start();
    });
    expect(failures).toEqual([]);
    expect(await reportedSums()).toEqual(exactSums());
  });

  it("count every request when PostgreSQL is away for 30 seconds, and say so meanwhile", async () => {
    const failures = await failuresDuring(async () => {
      await primary?.stop();
      await delay(OUTAGE_MS);
      expect(await storeErrors()).toHaveLength(NAMES.length);
      await primary?.start();
    });
    expect(failures).toEqual([]);
    expect(await reportedSums()).toEqual(exactSums());
  });

  it("count every request when the disk of PostgreSQL is full for some time", async () => {
    const failures = await failuresDuring(async () => {
      const file = fillDisk(primary?.data ?? "");
      await expect.poll(storeErrors, PATIENCE).not.toEqual([]);
      rmSync(file);
      // Without room for a segment of its log, the server ends instead of writing errors.
      await primary?.recover();
    });
    expect(failures).toEqual([]);
    expect(await reportedSums()).toEqual(exactSums());
  });

  it("count every request when a synchronous standby takes over", async () => {
    await primary?.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await primary?.sql("SELECT pg_reload_conf()");
    const state = () => primary?.sql("SELECT sync_state FROM pg_stat_replication");
    await expect.poll(state, PATIENCE).toBe("sync");
    const failures = await failuresDuring(async () => {
      await primary?.stop("immediate");
      await standby?.promote();
    });
    expect(failures).toEqual([]);
    expect(await reportedSums()).toEqual(exactSums());
  });

  it("count every request when a replica ends", async () => {
    const failures = await failuresDuring(async () => {
      expect(await replicas.pop()?.stop()).toBe(0);
    });
    expect(failures).toEqual([]);
    expect(await reportedSums()).toEqual(exactSums());
  });

  it("say how much at most is missing when a replica is killed", async () => {
    const failures = await failuresDuring(async () => {
      await delay(2_000);
      const killed = replicas.pop();
      const exit = once(killed?.process as Shadowdiff["process"], "exit");
      killed?.process.kill("SIGKILL");
      await exit;
    });
    expect(failures).toEqual([]);
    const reports = replicas.map((replica) =>
      replica.reportWhere(({ accounting, lostReplicas }) => accounting.inFlight === 0 && lostReplicas?.length === 1),
    );
    for (const report of await Promise.all(reports)) {
      const missing = arrived - report.accounting.received;
      const [said] = report.reasons.flatMap((reason) => /at most about ([\d,]+) requests? /.exec(reason)?.[1] ?? []);
      expect(brokenInvariants(report)).toEqual([]);
      expect(missing).toBeGreaterThanOrEqual(0);
      expect(missing).toBeLessThanOrEqual(Number(said?.replaceAll(",", "")));
    }
  });
});
