import { once } from "node:events";
import type { Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildReport } from "../../src/report/build-report.ts";
import { HistoryCache } from "../../src/report/history-cache.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad } from "./load.ts";
import { brokenInvariants, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

/** Longer than the test. */
const BLOCK_MS = 600_000;

describe("while a comparison does not end", () => {
  let servers: Server[];
  let shadowdiff: Shadowdiff;

  beforeEach(async () => {
    servers = await Promise.all([startEcho("one"), startEcho("two")]);
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    // Full after a few batches.
    const limits = ["--capture-max-buffered-bytes", "256KiB", "--capture-max-body-bytes", "64KiB"];
    const args = ["--primary", primary, "--candidate", candidate, "--percent", "50", ...limits];
    shadowdiff = await startShadowdiff({ args });
  });
  afterEach(() => {
    shadowdiff.process.kill("SIGKILL");
    stopServers(servers);
  });

  it("the report counts every request: in flight, dropped and sampled out; and a killed process has lost none of them", async () => {
    shadowdiff.chaos({ thread: "compare-0", action: "block", ms: BLOCK_MS });
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
    const dropped = () => shadowdiff.metric("shadowdiff_mirror_dropped_total", { reason: "queue" });
    await expect.poll(dropped).toBeGreaterThan(100);
    const received = (await load.stop()).length;

    const live = await shadowdiff.reportWhere(
      ({ accounting }) => accounting.received + accounting.inFlight === received,
    );
    const { inFlight, sampledOut } = live.accounting;
    expect(brokenInvariants(live)).toEqual([]);
    expect([inFlight > 0, sampledOut > 0]).toEqual([true, true]);
    await expect.poll(dropped).toBe(live.accounting.dropped.queue);

    const ended = once(shadowdiff.process, "exit");
    shadowdiff.process.kill("SIGKILL");
    await ended;
    const reader = openSqliteReader(shadowdiff.store);
    const [run] = await reader.runs();
    if (run === undefined) throw new Error("the run is gone");
    const killed = await buildReport(reader, { ...run, endedAt: Date.now() }, "candidate", {
      now: Date.now(),
      cache: new HistoryCache(0),
    });
    await reader.close();
    expect(killed.accounting).toEqual({ ...live.accounting, inFlight: 0, interrupted: inFlight });
  });
});
