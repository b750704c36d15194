import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ControlView } from "../../src/model/control.ts";
import type { Report } from "../../src/model/report.ts";
import type { Status } from "../../src/model/status.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { startLoad, type LoadResponse } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

/** A new thread compiles all code again, possibly on a busy machine. */
const CLOSED = { state: "closed", failures: 0, opens: 0 };
const SUBSETS = ["one", "two", "new-one", "new-two"] as const;
type SubsetName = (typeof SUBSETS)[number];

interface Version {
  readonly server: Server;
  /** Paths in order of arrival. */
  readonly seen: string[];
}

let versions: Record<SubsetName, Version>;
let file: string;
let shadowdiff: Shadowdiff;

function startVersion(name: string): Promise<Version> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.end(JSON.stringify({ path: request.url, by: name }));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({ server, seen })));
}

interface DocumentOptions {
  readonly primary?: SubsetName;
  readonly candidate?: SubsetName;
  readonly percent?: number | string;
  readonly more?: string;
}

function documentOf({ primary = "one", candidate = "two", percent = 100, more = "" }: DocumentOptions): string {
  const subsets = SUBSETS.map((name) => {
    const { port } = versions[name].server.address() as AddressInfo;
    return `  ${name}: { url: "http://127.0.0.1:${port}" }`;
  });
  return `
threads: { proxy: 2 }
subsets:
${subsets.join("\n")}
routes:
  - name: default
    primary: [{ subset: ${primary}, weight: 100 }]
    candidates: [{ subset: ${candidate}, percent: ${percent} }]
${more}
`;
}

/** Replaces the file as an editor does. */
function replaceFile(options: DocumentOptions): void {
  writeFileSync(`${file}.new`, documentOf(options));
  renameSync(`${file}.new`, file);
}

beforeEach(async () => {
  const started = await Promise.all(SUBSETS.map(async (name) => [name, await startVersion(name)] as const));
  versions = Object.fromEntries(started) as Record<SubsetName, Version>;
  file = join(mkdtempSync(join(tmpdir(), "shadowdiff-reload-")), "shadowdiff.yaml");
  writeFileSync(file, documentOf({}));
  shadowdiff = await startShadowdiff({ args: ["--config", file] });
});
afterEach(async () => {
  await shadowdiff.stop();
  for (const { server } of Object.values(versions)) server.closeAllConnections();
});

async function metric(series: string): Promise<number> {
  const text = await (await fetch(`${shadowdiff.admin}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.split(" ")[1]);
}

/** Waits until every proxy thread uses the new configuration. */
async function reloadsWith(result: "success" | "failure", count: number): Promise<void> {
  await expect.poll(() => metric(`shadowdiff_config_reload_total{result="${result}"}`)).toBe(count);
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(shadowdiff.admin + path)).json()) as T;
}

async function put(path: string, change: object): Promise<ControlView> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${shadowdiff.admin}/api/v1/control/${path}`, {
    method: "PUT",
    headers,
    body: JSON.stringify(change),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as ControlView;
}

/** Opens new connections, so that both proxy threads receive requests. */
async function ask(prefix: string, count: number): Promise<void> {
  const responses = Array.from({ length: count }, async (_, index) => {
    const response = await fetch(`${shadowdiff.proxy}/${prefix}/${index}`, { headers: { connection: "close" } });
    await response.text();
    return response.status;
  });
  expect(new Set(await Promise.all(responses))).toEqual(new Set([200]));
}

function seenBy(name: SubsetName, prefix: string): number {
  return versions[name].seen.filter((path) => path.startsWith(`/${prefix}/`)).length;
}

function startItems() {
  return startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
}

function pathsBy(responses: readonly LoadResponse[], by: SubsetName): string[] {
  return responses.filter(({ path, body }) => body === JSON.stringify({ path, by })).map(({ path }) => path);
}

function failed(responses: readonly LoadResponse[]): LoadResponse[] {
  return responses.filter(({ status }) => status !== 200);
}

/** The report of one candidate, when all received requests are accounted for. */
async function reportAtRest(candidate: string, received: number): Promise<Report> {
  let report: Report | undefined;
  const isDone = async () => {
    report = await get<Report>(`/api/v1/report?candidate=${candidate}`);
    return isAtRest(report, received);
  };
  await expect.poll(isDone).toBe(true);
  return report as Report;
}

describe("a reload under load", () => {
  it("fails no request, and applies either the old or the new configuration to each", async () => {
    const load = startItems();
    await shadowdiff.reportWhere((report) => report.accounting.compared > 50);
    replaceFile({ primary: "new-one", candidate: "new-two" });
    await reloadsWith("success", 1);
    await ask("after", 20);
    const responses = await load.stop();
    expect(failed(responses)).toEqual([]);

    const [old, now] = [pathsBy(responses, "one"), pathsBy(responses, "new-one")];
    expect(old.length).toBeGreaterThan(50);
    expect(now.length).toBeGreaterThan(0);
    expect(old.length + now.length).toBe(responses.length);
    expect([seenBy("new-one", "after"), seenBy("one", "after")]).toEqual([20, 0]);

    const [before, after] = [await reportAtRest("two", old.length), await reportAtRest("new-two", now.length + 20)];
    expect(versions["two"].seen.toSorted()).toEqual(old.toSorted());
    expect(versions["new-two"].seen.filter((path) => path.startsWith("/items/")).toSorted()).toEqual(now.toSorted());
    for (const [report, received] of [
      [before, old.length],
      [after, now.length + 20],
    ] as const) {
      expect([report.accounting.received, report.accounting.compared]).toEqual([received, received]);
      expect(brokenInvariants(report)).toEqual([]);
    }
  });

  it("reloads an unchanged file on SIGHUP without affecting any request", async () => {
    const load = startItems();
    await shadowdiff.reportWhere((report) => report.accounting.compared > 50);
    for (let count = 1; count <= 3; count += 1) {
      shadowdiff.process.kill("SIGHUP");
      await reloadsWith("success", count);
    }
    replaceFile({ percent: 0 });
    shadowdiff.process.kill("SIGHUP");
    await expect.poll(() => metric('shadowdiff_config_reload_total{result="success"}')).toBeGreaterThan(3);
    const seen = versions["two"].seen.length;
    await ask("after", 20);
    const responses = await load.stop();
    expect(failed(responses)).toEqual([]);
    const report = await reportAtRest("two", responses.length + 20);
    expect(report.accounting).toEqual({
      ...report.accounting,
      received: responses.length + 20,
      dropped: {},
      skipped: {},
    });
    expect(report.accounting.sampledOut).toBe(report.accounting.received - report.accounting.mirrored);
    expect(seenBy("two", "after")).toBe(0);
    // Requests in flight at the time of the reload may have arrived later.
    expect(versions["two"].seen.length - seen).toBeLessThanOrEqual(8);
  });

  it("rejects an invalid file, shows the error with its location, and clears it when the file is fixed", async () => {
    const load = startItems();
    await shadowdiff.reportWhere((report) => report.accounting.compared > 10);
    const { config: good } = await get<Status>("/api/v1/status");
    expect(good).toEqual({ source: file, loadedAt: expect.any(Number), error: null, needsRestart: [] });

    replaceFile({ percent: 101 });
    await reloadsWith("failure", 1);
    const { config: bad } = await get<Status>("/api/v1/status");
    expect(bad.error).toMatch(/^\S+shadowdiff\.yaml:11:\d+ routes\[0\]\.candidates\[0\]\.percent: 101 is above 100/);
    expect(bad.loadedAt).toBe(good.loadedAt);
    expect(await metric("shadowdiff_config_last_reload_successful")).toBe(0);
    expect(shadowdiff.stderr()).toContain("the new configuration was rejected; the previous one stays active");
    await ask("meanwhile", 10);

    replaceFile({ more: "gate: { parity: 0.25, minCompared: 3 }\nlisten: 127.0.0.1:1" });
    await reloadsWith("success", 1);
    const { config: fixed } = await get<Status>("/api/v1/status");
    // The flag --listen overrides the document, so no option needs a restart.
    expect([fixed.error, fixed.needsRestart]).toEqual([null, []]);
    expect(await metric("shadowdiff_config_last_reload_successful")).toBe(1);

    const responses = await load.stop();
    expect(failed(responses)).toEqual([]);
    const report = await reportAtRest("two", responses.length + 10);
    expect(seenBy("two", "meanwhile")).toBe(10);
    expect([report.gate.parity, report.gate.minCompared]).toEqual([0.25, 3]);

    await shadowdiff.stop();
    const reader = openSqliteReader(shadowdiff.store);
    expect((await reader.runs())[0]?.gate).toMatchObject({ parity: 0.25, minCompared: 3 });
    await reader.close();
  });

  it("lists the options that need a restart", async () => {
    replaceFile({ more: "capture: { maxBodyBytes: 1KiB }" });
    await reloadsWith("success", 1);
    expect((await get<Status>("/api/v1/status")).config.needsRestart).toEqual(["capture"]);
    expect(shadowdiff.stderr()).toContain("changed options need a restart");
  });
});

describe("control at run time", () => {
  it("pauses mirroring in every thread when the request succeeds, and in threads that start later", async () => {
    const load = startItems();
    await shadowdiff.reportWhere((report) => report.accounting.compared > 50);
    expect((await put("mirroring", { paused: true })).paused).toBe(true);
    await ask("paused", 40);
    expect(await metric("shadowdiff_mirroring_paused")).toBe(1);
    expect((await get<Status>("/api/v1/status")).paused).toBe(true);
    expect((await put("mirroring", { paused: false })).candidates).toEqual([
      { route: "default", candidate: "two", configured: 100, override: null, effective: 100, breaker: CLOSED },
    ]);
    await ask("resumed", 40);
    const responses = await load.stop();
    expect(failed(responses)).toEqual([]);
    const report = await reportAtRest("two", responses.length + 80);
    const { received, mirrored, notMirrored } = report.accounting;
    expect(received).toBe(responses.length + 80);
    expect(notMirrored).toEqual({ paused: received - mirrored });
    expect(notMirrored.paused).toBeGreaterThanOrEqual(40);
    expect(versions["two"].seen.length).toBe(mirrored);
    expect([seenBy("two", "paused"), seenBy("two", "resumed")]).toEqual([0, 40]);
    expect(versions["one"].seen.length).toBe(received);

    await put("mirroring", { paused: true });
    for (const thread of ["proxy-0", "proxy-1"]) shadowdiff.chaos({ thread, action: "exit" });
    for (const thread of ["proxy-0", "proxy-1"]) {
      await expect.poll(() => metric(`shadowdiff_thread_restarts_total{thread="${thread}"}`)).toBe(1);
    }
    const isUp = () =>
      fetch(`${shadowdiff.proxy}/up`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(isUp).toBe(200);
    await ask("reborn", 20);
    expect(seenBy("two", "reborn")).toBe(0);
  });

  it("overrides a share when the request succeeds, keeps it over a reload, and resets it", async () => {
    const place = { route: "default", candidate: "two" };
    await put("percent", { ...place, percent: 0 });
    await ask("none", 20);
    replaceFile({ percent: 50 });
    await reloadsWith("success", 1);
    await ask("reloaded", 20);
    expect((await get<ControlView>("/api/v1/control")).candidates).toEqual([
      { ...place, configured: 50, override: 0, effective: 0, breaker: CLOSED },
    ]);
    await put("percent", { ...place, percent: 100 });
    await ask("all", 20);
    const { changes } = await put("percent", { ...place, percent: null });
    expect(changes.map(({ what, before, after, by }) => [what, before, after, by])).toEqual([
      ["default → two", "100%", "50% (configured)", "127.0.0.1"],
      ["default → two", "0%", "100%", "127.0.0.1"],
      ["default → two", "100% (configured)", "0%", "127.0.0.1"],
    ]);
    const report = await reportAtRest("two", 60);
    expect(report.accounting).toMatchObject({ received: 60, sampledOut: 40, mirrored: 20 });
    expect([seenBy("two", "none"), seenBy("two", "reloaded"), seenBy("two", "all")]).toEqual([0, 0, 20]);
    expect(shadowdiff.stderr()).toContain("mirroring was changed at run time");
  });
});
