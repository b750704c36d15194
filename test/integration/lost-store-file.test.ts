import { copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Accounting } from "../../src/model/accounting.ts";
import type { Status } from "../../src/model/status.ts";
import { echoBody, startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type Load } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const LOSS = "the store file was deleted, moved or replaced; a new one was started";

let servers: Server[];
let shadowdiff: Shadowdiff;
let load: Load;

beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("one")]);
});
afterEach(async () => {
  await load.stop();
  await shadowdiff.stop();
});
afterAll(() => stopServers(servers));

function versions(): string[] {
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  return ["--primary", primary, "--candidate", candidate];
}

async function startUnderLoad(): Promise<void> {
  shadowdiff = await startShadowdiff({ args: versions() });
  load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, 4, 1);
  await shadowdiff.reportWhere(({ accounting }) => accounting.compared > 100);
}

const status = () => shadowdiff.get<Status>("/api/v1/status");
const logLines = (text: string): number =>
  shadowdiff
    .stderr()
    .split("\n")
    .filter((line) => line.includes(text)).length;

/** The report of the new file once all requests are counted there or known to be lost. @returns its accounting */
async function settled(): Promise<Accounting> {
  const responses = await load.stop();
  expect(responses.filter(({ status, body, path }) => status !== 200 || body !== echoBody(path, "one"))).toEqual([]);
  const report = await shadowdiff.reportWhere(
    (now) => isAtRest(now, 0) && now.accounting.received + now.accounting.forgotten >= responses.length,
  );
  expect(brokenInvariants(report)).toEqual([]);
  expect(report.accounting.received + report.accounting.forgotten).toBe(responses.length);
  return report.accounting;
}

function integrityOf(path: string): unknown {
  const db = new Sqlite(path, { readonly: true });
  try {
    return db.pragma("integrity_check", { simple: true });
  } finally {
    db.close();
  }
}

/** Requests that a file has counted with a fate. */
function settledIn(path: string): number {
  const db = new Sqlite(path, { readonly: true });
  try {
    const sql =
      "SELECT sum(iif(fate = 'received', count, -count)) FROM accounting WHERE fate IN ('received', 'inFlight')";
    return db.prepare<[], number>(sql).pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

function runsIn(path: string): readonly string[] {
  const db = new Sqlite(path, { readonly: true });
  try {
    return db.prepare<[], string>("SELECT id FROM run ORDER BY started_at").pluck().all();
  } finally {
    db.close();
  }
}

function elsewhere(name: string): string {
  return join(mkdtempSync(join(tmpdir(), "shadowdiff-")), name);
}

describe("a store file that disappears under load", () => {
  const cases: readonly (readonly [string, (path: string) => void])[] = [
    ["is deleted", (path) => rmSync(path)],
    ["is deleted with its log and index", (path) => ["", "-wal", "-shm"].forEach((suffix) => rmSync(path + suffix))],
    ["is deleted with its folder", (path) => rmSync(dirname(path), { recursive: true })],
    ["is moved with its folder", (path) => renameSync(dirname(path), elsewhere("moved"))],
  ];
  for (const [what, remove] of cases) {
    it(`because it ${what}: a new file is started, and log, status, metrics and report say what is gone`, async () => {
      await startUnderLoad();
      remove(shadowdiff.store);
      await expect.poll(async () => (await status()).store.lostFileAt).toBeGreaterThan(0);
      const { received, forgotten } = await settled();
      expect(received).toBeGreaterThan(0);
      expect(forgotten).toBeGreaterThan(100);
      await expect.poll(() => shadowdiff.metric("shadowdiff_store_lost_files_total")).toBe(1);
      const { store, lostRequests } = await status();
      expect([store.error, lostRequests]).toEqual([null, 0]);
      expect(store.lostExchanges).toBeGreaterThan(100);
      expect(logLines(LOSS)).toBe(1);
      const { reasons, verdict } = await shadowdiff.report();
      expect(verdict).toBe("inconclusive");
      expect(reasons[0]).toMatch(
        /^the store was replaced during the run \(its file, or by a standby that did not have the last commits\): the counts of [\d,]+ requests /,
      );
      expect(integrityOf(shadowdiff.store)).toBe("ok");
    });
  }
});

describe("a store file that another program touches under load", () => {
  it("is replaced by another one: it is used, and keeps what it had", async () => {
    await startUnderLoad();
    const other = `${shadowdiff.store}.other`;
    const earlier = await startShadowdiff({ args: versions(), store: other });
    await earlier.stop();
    const [before] = runsIn(other);
    renameSync(other, shadowdiff.store);
    await expect.poll(async () => (await status()).store.lostFileAt).toBeGreaterThan(0);
    await settled();
    expect(runsIn(shadowdiff.store)).toContain(before);
    expect([integrityOf(shadowdiff.store), logLines(LOSS)]).toEqual(["ok", 1]);
  });

  it("is moved: the moved file is complete", async () => {
    await startUnderLoad();
    const moved = `${shadowdiff.store}.moved`;
    renameSync(shadowdiff.store, moved);
    // Until there is a new file, the report is not available.
    await expect.poll(async () => (await status()).store.lostFileAt).toBeGreaterThan(0);
    const { forgotten } = await settled();
    expect([integrityOf(moved), settledIn(moved)]).toEqual(["ok", forgotten]);
  });

  for (const suffixes of [["-wal"], ["-wal", "-shm"]]) {
    it(`loses its ${suffixes.join(" and ")}: nothing is lost, and the log says so`, async () => {
      await startUnderLoad();
      for (const suffix of suffixes) rmSync(shadowdiff.store + suffix);
      await expect.poll(() => logLines("the write-ahead log")).toBe(1);
      // Until the file is opened again, the report is not available.
      await expect.poll(async () => (await status()).store.error).toBe(null);
      const { forgotten } = await settled();
      expect([forgotten, integrityOf(shadowdiff.store)]).toEqual([0, "ok"]);
      expect((await status()).store).toMatchObject({ error: null, lostExchanges: 0, lostFileAt: null });
    });
  }

  it.each([
    ["emptied", (path: string) => truncateSync(path)],
    ["overwritten with another database", (path: string) => copyFileSync(`${path}.other`, path)],
  ])("is %s in place: its pages are not mixed with those of the old file", async (_what, overwrite) => {
    await startUnderLoad();
    const earlier = await startShadowdiff({ args: versions(), store: `${shadowdiff.store}.other` });
    await earlier.stop();
    overwrite(shadowdiff.store);
    await expect.poll(async () => (await status()).store.lostFileAt).toBeGreaterThan(0);
    await settled();
    expect([integrityOf(shadowdiff.store), logLines(LOSS)]).toEqual(["ok", 1]);
  });
});
