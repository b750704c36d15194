import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Status } from "../../src/model/status.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { buildReport } from "../../src/report/build-report.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { listening, stopServers, urlOf } from "./echo.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

/** Responds to every request but one. */
function startServer(): Promise<Server> {
  return listening(createServer(({ url }, response) => void (url === "/hang" || response.end("ok"))));
}

describe("a request that gets no fate", () => {
  let servers: Server[];
  let shadowdiff: Shadowdiff;

  beforeEach(async () => {
    servers = await Promise.all([startServer(), startServer()]);
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    shadowdiff = await startShadowdiff({ args: ["--primary", primary, "--candidate", candidate] });
  });
  afterEach(async () => {
    await shadowdiff.stop();
    stopServers(servers);
  });

  const request = async (path: string): Promise<number> => (await fetch(`${shadowdiff.proxy}${path}`)).status;

  it("because of a defect is an alarm in log, metrics, status and report, which cannot pass", async () => {
    for (let index = 0; index < 5; index += 1) expect(await request(`/items/${index}`)).toBe(200);
    await shadowdiff.reportWhere((now) => isAtRest(now, 5));
    expect(await shadowdiff.metric("shadowdiff_lost_requests_total")).toBe(0);

    shadowdiff.chaos({ thread: "proxy-0", action: "lose" });
    await expect
      .poll(async () => {
        await request("/items/lost");
        return (await shadowdiff.report()).accounting.lost;
      })
      .toBe(1);
    const { verdict, reasons, accounting } = await shadowdiff.reportWhere((now) => now.accounting.inFlight === 0);
    expect(verdict).toBe("inconclusive");
    expect(reasons[0]).toBe(
      `the counts do not add up: 1 of ${accounting.received} requests lost; this is a defect of shadowdiff, please report it`,
    );
    expect(accounting.received).toBe(accounting.compared + 1);
    expect(shadowdiff.stderr()).toMatch(
      /"level":"error".*"requests":1.*requests were lost: the accounting does not add up/,
    );
    await expect.poll(() => shadowdiff.metric("shadowdiff_lost_requests_total")).toBe(1);
    await expect.poll(async () => (await shadowdiff.get<Status>("/api/v1/status")).lostRequests).toBe(1);
  });

  it("because the process was killed is interrupted, and no alarm", async () => {
    expect(await request("/items/1")).toBe(200);
    const hanging = fetch(`${shadowdiff.proxy}/hang`).catch(() => {});
    const { accounting } = await shadowdiff.reportWhere(
      (now) => now.accounting.compared === 1 && now.accounting.inFlight === 1,
    );
    expect(accounting).toMatchObject({ received: 1, compared: 1, interrupted: 0, lost: 0 });
    const ended = once(shadowdiff.process, "exit");
    shadowdiff.process.kill("SIGKILL");
    await ended;
    await hanging;
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    const next = await startShadowdiff({
      args: ["--primary", primary, "--candidate", candidate],
      store: shadowdiff.store,
    });
    await next.stop();
    const reader = openSqliteReader(shadowdiff.store);
    const [, killed] = await reader.runs();
    if (killed === undefined) throw new Error("the run is gone");
    const report = await buildReport(reader, killed, "candidate", { now: Date.now(), cache: new HistoryCache(0) });
    await reader.close();
    expect(report.accounting).toMatchObject({ received: 1, compared: 1, inFlight: 0, interrupted: 1, lost: 0 });
    expect(report.reasons).toContain("1 of 2 requests was in flight when the process or its thread ended");
    expect(brokenInvariants(report)).toEqual([]);
  });

  it("because its proxy thread died is interrupted, and no alarm", async () => {
    const hanging = fetch(`${shadowdiff.proxy}/hang`).catch(() => {});
    await shadowdiff.reportWhere((now) => now.accounting.inFlight === 1);
    shadowdiff.chaos({ thread: "proxy-0", action: "exit" });
    await hanging;
    const report = await shadowdiff.reportWhere((now) => now.accounting.interrupted === 1);
    expect(report.accounting).toMatchObject({ received: 0, inFlight: 0, lost: 0 });
    expect(await shadowdiff.metric("shadowdiff_lost_requests_total")).toBe(0);
  });
});
