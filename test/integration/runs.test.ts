import { execFile } from "node:child_process";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import type { Run } from "../../src/model/run.ts";
import { listening, startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll, startLoad, type Load } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const CLI = join(import.meta.dirname, "../../src/shadowdiff.js");
const run = promisify(execFile);

let servers: Server[];
let shadowdiff: Shadowdiff;
let load: Load | undefined;

beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two"), startEcho("one")]);
});
afterEach(async () => {
  await load?.stop();
  await shadowdiff.stop();
});
afterAll(() => stopServers(servers));

async function start(...args: string[]): Promise<void> {
  const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
  const versions = ["--primary", primary, "--candidate", candidate, "--secondary", secondary];
  shadowdiff = await startShadowdiff({ args: [...versions, ...args] });
}

/** A candidate that responds on request of the test. */
async function startHeld(): Promise<{ server: Server; held: ServerResponse[] }> {
  const held: ServerResponse[] = [];
  return { server: await listening(createServer((_req, res) => held.push(res))), held };
}

/** Runs the command as typed in a shell. */
async function command(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [CLI, "run", ...args, "--url", shadowdiff.admin]);
  return stdout;
}

async function runs(): Promise<readonly Run[]> {
  return (await shadowdiff.get<{ runs: Run[] }>("/api/v1/runs")).runs;
}

async function requestsServed(count: number): Promise<number> {
  await expect.poll(() => load?.completed() ?? 0).toBeGreaterThan(count);
  return load?.completed() ?? 0;
}

describe("runs of a program under load", () => {
  it("end by command with all requests served before, and no request is lost or counted twice", async () => {
    await start("--threads-proxy", "2", "--threads-compare", "2", "--run-name", "first", "--label", "commit=1");
    load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, 16, 1);
    const before: number[] = [];
    before.push(await requestsServed(200));
    expect(await command("start", "--name", "second", "--label", "commit=2")).toMatch(
      /^ended \S+ \(first\), started \S+ \(second\)\n$/,
    );
    before.push(await requestsServed((load.completed() ?? 0) + 200));
    expect(await command("end")).toMatch(/^ended \S+ \(second\), started \S+\n$/);
    await requestsServed(load.completed() + 200);
    const total = (await load.stop()).length;

    const [third, second, first] = (await runs()) as [Run, Run, Run];
    expect([first.name, second.name, third.name]).toEqual(["first", "second", third.id]);
    expect([first.labels, second.labels, third.labels]).toEqual([{ commit: "1" }, { commit: "2" }, { commit: "1" }]);
    expect([first.endedAt, second.endedAt, third.endedAt]).toEqual([second.startedAt, third.startedAt, null]);

    const of = (id: string) => shadowdiff.get<Report>(`/api/v1/report?run=${id}`);
    const ended = [await of(first.id), await of(second.id)];
    const rest = total - ended.reduce((sum, { accounting }) => sum + accounting.received, 0);
    const last = await shadowdiff.reportWhere((report) => isAtRest(report, rest));
    for (const report of [...ended, last]) expect(brokenInvariants(report)).toEqual([]);
    const received = [...ended, last].map(({ accounting }) => accounting.received) as [number, number, number];
    expect(received[0] + received[1] + received[2]).toBe(total);
    expect(received[0]).toBeGreaterThanOrEqual(before[0] ?? 0);
    expect(received[0] + received[1]).toBeGreaterThanOrEqual(before[1] ?? 0);
    expect(received[2]).toBeGreaterThan(0);
    for (const { accounting } of [...ended, last]) expect([accounting.dropped, accounting.skipped]).toEqual([{}, {}]);

    await shadowdiff.stop();
    const { stdout } = await run(process.execPath, [
      CLI,
      "run",
      "list",
      "--store",
      shadowdiff.store,
      "--format",
      "json",
    ]);
    const listed = JSON.parse(stdout) as Run[];
    expect(listed.map(({ name, endedAt }) => [name, typeof endedAt])).toEqual([
      [third.id, "number"],
      ["second", "number"],
      ["first", "number"],
    ]);
  });

  it("wait for mirrored requests in flight, which belong to the run that ends; later ones do not", async () => {
    const { server, held } = await startHeld();
    const primary = urlOf(servers[0] as Server);
    shadowdiff = await startShadowdiff({ args: ["--primary", primary, "--candidate", urlOf(server)] });
    await sendAll(shadowdiff.proxy, ["/items/1", "/items/2", "/items/3"]);
    await expect.poll(() => held.length).toBe(3);
    const [before] = (await runs()) as [Run];
    const end = () =>
      fetch(`${shadowdiff.admin}/api/v1/runs/current/end`, {
        method: "POST",
        headers: { "content-type": "application/json" },
      });
    const ended = end();
    // Another switch is rejected while the first one waits.
    await expect.poll(async () => (await end()).status).toBe(409);
    for (const response of held) response.end("late");
    expect((await ended).status).toBe(200);
    const report = await shadowdiff.get<Report>(`/api/v1/report?run=${before.id}`);
    expect(brokenInvariants(report)).toEqual([]);
    expect([report.accounting.received, report.accounting.compared]).toEqual([3, 3]);
    expect((await shadowdiff.report()).accounting.received).toBe(0);
    stopServers([server]);
  });
});
