import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import type { Status } from "../../src/model/status.ts";
import { runProgram } from "../commands/run-program.ts";
import { echoBody, startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type LoadResponse, type Load } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff, type StartOptions } from "./shadowdiff.ts";

/** Low enough that the limit is reached within two seconds. */
const FEW_CAPTURES = ["--capture-max-buffered-bytes", "100KiB", "--capture-max-body-bytes", "10KiB"];
/** Tools of util-linux: one changes a limit of a running process, the others create a small disk. */
const LIMITER = "prlimit";
const MOUNT = "mount";
const UNMOUNT = "umount";
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

function failures(responses: readonly LoadResponse[]): LoadResponse[] {
  return responses.filter(({ path, status, body }) => status !== 200 || body !== echoBody(path, "one"));
}

async function waitForHealth(running: Shadowdiff, health: string): Promise<void> {
  await expect.poll(async () => (await running.get<Health>("/healthz")).health).toBe(health);
}

/** At rest, all requests are counted, and API, metrics and report agree on the lost exchanges. */
async function expectAllCounted(running: Shadowdiff, received: number): Promise<Report> {
  const report = await running.reportWhere((now) => isAtRest(now, received));
  expect(brokenInvariants(report)).toEqual([]);
  const { accounting } = report;
  expect(accounting.received).toBe(received);
  expect(accounting.skipped).toEqual({});
  expect(Object.keys(accounting.dropped)).toEqual(["queue"]);
  await expect
    .poll(async () => (await running.get<Status>("/api/v1/status")).store.lostExchanges)
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
    ["because a folder has its name", /it is a directory/, mkdirSync, (path) => rmSync(path, { recursive: true })],
    [
      "because it is something else",
      /it is not an SQLite database/,
      (path) => writeFileSync(path, "x".repeat(9_999)),
      rmSync,
    ],
    [
      "because its folder cannot be made",
      /a part of its path is not a directory/,
      (path) => writeFileSync(join(path, ".."), ""),
      (path) => rmSync(join(path, "..")),
    ],
  ];
  for (const [why, reason, obstruct, remove] of cases) {
    it(`${why}: clients are served, the loss is reported and counted, and the store recovers`, async () => {
      const path = join(
        mkdtempSync(join(tmpdir(), "shadowdiff-")),
        why.includes("folder cannot") ? "file/test.db" : "test.db",
      );
      obstruct(path);
      const running = await start({ store: path });
      expect(running.stdout().split("\n")[0]).toMatch(
        new RegExp(`, not stored: cannot open the database ${path}: ${reason.source}$`),
      );
      // A report from this file would only repeat the reason.
      expect(running.stdout()).not.toContain("shadowdiff report");
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
        .poll(async () => (await running.get<Status>("/api/v1/status")).store.lostExchanges)
        .toBeGreaterThan(0);

      const gate = await runProgram(["report", "--gate", "--url", running.admin]);
      expect(gate.code).toBe(3);
      expect(gate.stderr).toMatch(/^verdict: inconclusive\n {2}not stored: /);
      expect(gate.stderr).toMatch(reason);

      // Of two requests, at least.
      expect(running.stderr().match(/"The store cannot be read/g)).toHaveLength(1);
      remove(path);
      await waitForHealth(running, "ok");
      const responses = await requests.stop();
      expect(failures(responses)).toEqual([]);
      const { accounting } = await expectAllCounted(running, responses.length + 1);
      // Captures below the limit were kept for the store.
      expect(accounting.compared).toBeGreaterThan(0);
      expect(accounting).toMatchObject({ differed: accounting.compared });
      expectSound(path);
      expect(running.stderr()).toContain('"msg":"the store works: results are stored"');
    });
  }

  it("ends the program with 2 and the reason if the store is required: as a flag, a variable or in YAML", async () => {
    const folder = mkdtempSync(join(tmpdir(), "shadowdiff-"));
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    const listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    const document = join(folder, "shadowdiff.yaml");
    writeFileSync(document, `store: ${folder}\nstoreRequired: true\nprimary: ${primary}\ncandidate: ${candidate}\n`);
    const versions = ["--primary", primary, "--candidate", candidate, "--store", folder];
    const ended = await Promise.all([
      runProgram(["serve", ...listen, ...versions, "--store-required"]),
      runProgram(["serve", ...listen, ...versions], { SHADOWDIFF_STORE_REQUIRED: "true" }),
      runProgram(["serve", ...listen, "--config", document]),
    ]);
    for (const { code, stdout, stderr } of ended) {
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(`\n--store-required: cannot open the database ${folder}: it is a directory (allowed: `);
    }
  });

  it("is created if it does not exist, and named with its absolute path", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "shadowdiff-")), "new folder", "test.db");
    const first = await start({ store: path });
    expect(first.stdout().split("\n")[0]).toMatch(new RegExp(`, stored in ${path} \\(new file\\)$`));
    await first.stop();
    const second = await start({ store: path });
    expect(second.stdout().split("\n")[0]).toMatch(new RegExp(`, stored in ${path}$`));
  });
});

/** Runs load on a disk that becomes full and is freed again. @returns the responses of the clients */
async function loadOverFullDisk(running: Shadowdiff, free: () => void): Promise<readonly LoadResponse[]> {
  const requests = startRequests(running);
  await waitForHealth(running, "degraded");
  const { store } = await running.get<Status>("/api/v1/status");
  expect(store.error).toMatch(/full|disk I\/O error/);
  expect((await running.report()).reasons[0]).toMatch(/^not stored: .*(?:full|disk I\/O error)/);
  expect(await running.metric("shadowdiff_store_up")).toBe(0);
  await expect.poll(async () => (await running.get<Status>("/api/v1/status")).store.lostExchanges).toBeGreaterThan(0);
  free();
  await waitForHealth(running, "ok");
  const responses = await requests.stop();
  await expectAllCounted(running, responses.length);
  expectSound(running.store);
  return responses;
}

describe("a disk that is full", () => {
  it("by a file size limit: clients are served, and the store recovers when there is space", async () => {
    const running = await start({});
    const limitFiles = (size: string) => execFileSync(LIMITER, ["--pid", `${running.process.pid}`, `--fsize=${size}:`]);
    // Both the database and its log are larger already, so that nothing can be written; its shared memory is smaller.
    limitFiles(`${64 * 1024}`);
    const responses = await loadOverFullDisk(running, () => limitFiles("unlimited"));
    expect(failures(responses)).toEqual([]);
  });

  const disk = mkdtempSync(join(tmpdir(), "shadowdiff-disk-"));
  const isMounted = mountSmallDisk(disk);
  afterAll(() => {
    if (isMounted) execFileSync(UNMOUNT, [disk]);
  });
  // Only root can create a small disk. The test above is equivalent.
  it.skipIf(!isMounted)(
    "to the last byte: clients are served, and the store recovers when there is space",
    async () => {
      const running = await start({ store: join(disk, "test.db") });
      const filler = join(disk, "filler");
      expect(() => {
        for (;;) appendFileSync(filler, FILLER_CHUNK);
      }).toThrow("ENOSPC");
      const responses = await loadOverFullDisk(running, () => rmSync(filler));
      expect(failures(responses)).toEqual([]);
      await running.stop();
    },
  );
});

function mountSmallDisk(path: string): boolean {
  try {
    execFileSync(MOUNT, ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
