import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import type { Status } from "../../src/model/status.ts";
import { echoBody, startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type Answer, type Load } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff, type StartOptions } from "./shadowdiff.ts";

/** So little that the bound is reached within a second or two. */
const FEW_CAPTURES = ["--capture-max-buffered-bytes", "100KiB", "--capture-max-body-bytes", "10KiB"];
/** Of util-linux, which every Linux has: one changes a limit of a process that runs, the others make a small disk. */
const LIMITER = "prlimit";
const MOUNT = "mount";
const UNMOUNT = "umount";
const HEAL = { timeout: 15_000 };
const FILLER_CHUNK = Buffer.alloc(1024);

type Health = Status & { readonly health: string };

let servers: Server[];
let shadowdiff: Shadowdiff | undefined;
let load: Load | undefined;

beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two")]);
});
afterEach(async () => {
  await load?.stop();
  await shadowdiff?.stop();
});
afterAll(() => stopServers(servers));

async function start(options: Omit<StartOptions, "args">): Promise<Shadowdiff> {
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  shadowdiff = await startShadowdiff({
    args: ["--primary", primary, "--candidate", candidate, ...FEW_CAPTURES],
    ...options,
  });
  return shadowdiff;
}

function startRequests({ proxy }: Shadowdiff): Load {
  load = startLoad(proxy, (index) => `/items/${index}`);
  return load;
}

function failures(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ path, status, body }) => status !== 200 || body !== echoBody(path, "one"));
}

async function waitForHealth(running: Shadowdiff, health: string): Promise<void> {
  await expect.poll(async () => (await running.get<Health>("/healthz")).health, HEAL).toBe(health);
}

/** Everything that is known at rest: all requests are counted, and what was lost is told everywhere alike. */
async function expectAllCounted(running: Shadowdiff, received: number): Promise<Report> {
  const report = await running.reportWhere((now) => isAtRest(now, received));
  expect(brokenInvariants(report)).toEqual([]);
  const { accounting } = report;
  expect(accounting.received).toBe(received);
  expect(accounting.skipped).toEqual({});
  expect(Object.keys(accounting.dropped)).toEqual(["queue"]);
  await expect
    .poll(async () => (await running.get<Status>("/api/v1/status")).store.lostExchanges, HEAL)
    .toBe(accounting.dropped.queue);
  expect(await running.metric("shadowdiff_mirror_dropped_total", { reason: "queue" })).toBe(accounting.dropped.queue);
  await expect.poll(() => running.metric("shadowdiff_store_up")).toBe(1);
  return report;
}

function expectSound(path: string): void {
  const db = new Sqlite(path, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
}

describe("a database that cannot be opened at the start", () => {
  const cases: [string, RegExp, (path: string) => void, (path: string) => void][] = [
    [
      "because a folder has its name",
      /unable to open database file|EISDIR/,
      mkdirSync,
      (path) => rmSync(path, { recursive: true }),
    ],
    [
      "because it is something else",
      /it is not an SQLite database/,
      (path) => writeFileSync(path, "x".repeat(9_999)),
      rmSync,
    ],
    [
      "because its folder cannot be made",
      /ENOTDIR|EEXIST/,
      (path) => writeFileSync(join(path, ".."), ""),
      (path) => rmSync(join(path, "..")),
    ],
  ];
  for (const [why, reason, obstruct, remove] of cases) {
    it(`${why}: clients are served, the loss is told and counted, and it heals`, async () => {
      const path = join(
        mkdtempSync(join(tmpdir(), "shadowdiff-")),
        why.includes("folder cannot") ? "file/test.db" : "test.db",
      );
      obstruct(path);
      const running = await start({ store: path });
      const first = await fetch(`${running.proxy}/items/first`);
      expect([first.status, await first.text()]).toEqual([200, echoBody("/items/first", "one")]);

      const requests = startRequests(running);
      const { health, ready, store } = await running.get<Health>("/healthz");
      expect({ health, ready, path: store.path }).toEqual({ health: "degraded", ready: true, path });
      expect(store.error).toMatch(reason);
      expect((await fetch(`${running.admin}/readyz`)).status).toBe(200);
      const report = await fetch(`${running.admin}/api/v1/report`);
      expect(report.status).toBe(503);
      expect(await report.text()).toMatch(reason);
      expect(await running.metric("shadowdiff_store_up")).toBe(0);
      await expect
        .poll(async () => (await running.get<Status>("/api/v1/status")).store.lostExchanges, HEAL)
        .toBeGreaterThan(0);

      remove(path);
      await waitForHealth(running, "ok");
      const answers = await requests.stop();
      expect(failures(answers)).toEqual([]);
      const { accounting } = await expectAllCounted(running, answers.length + 1);
      // What had been captured before the bound was reached was kept for the store.
      expect(accounting.compared).toBeGreaterThan(0);
      expect(accounting).toMatchObject({ differed: accounting.compared });
      expectSound(path);
    });
  }
});

/** Runs load over a disk that gets full and is freed again. @returns what the clients got */
async function loadOverFullDisk(running: Shadowdiff, free: () => void): Promise<readonly Answer[]> {
  const requests = startRequests(running);
  await waitForHealth(running, "degraded");
  const { store } = await running.get<Status>("/api/v1/status");
  expect(store.error).toMatch(/full|disk I\/O error/);
  expect(await running.metric("shadowdiff_store_up")).toBe(0);
  await expect
    .poll(async () => (await running.get<Status>("/api/v1/status")).store.lostExchanges, HEAL)
    .toBeGreaterThan(0);
  free();
  await waitForHealth(running, "ok");
  const answers = await requests.stop();
  await expectAllCounted(running, answers.length);
  expectSound(running.store);
  return answers;
}

describe("a disk that is full", () => {
  it("as far as a file may grow: clients are served, and it heals when there is space", async () => {
    const running = await start({ maxFileKb: 300 });
    const raiseLimit = ["--pid", `${running.process.pid}`, "--fsize=unlimited:"];
    const answers = await loadOverFullDisk(running, () => execFileSync(LIMITER, raiseLimit));
    expect(failures(answers)).toEqual([]);
  });

  const disk = mkdtempSync(join(tmpdir(), "shadowdiff-disk-"));
  const isMounted = mountSmallDisk(disk);
  afterAll(() => {
    if (isMounted) execFileSync(UNMOUNT, [disk]);
  });
  // Only root may make a small disk; the case above shows the same to others.
  it.skipIf(!isMounted)("to the last byte: clients are served, and it heals when there is space", async () => {
    const running = await start({ store: join(disk, "test.db") });
    const filler = join(disk, "filler");
    expect(() => {
      for (;;) appendFileSync(filler, FILLER_CHUNK);
    }).toThrow("ENOSPC");
    const answers = await loadOverFullDisk(running, () => rmSync(filler));
    expect(failures(answers)).toEqual([]);
    await running.stop();
  });
});

function mountSmallDisk(path: string): boolean {
  try {
    execFileSync(MOUNT, ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
