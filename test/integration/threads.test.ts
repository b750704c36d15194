import type { Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Chaos } from "./chaos.ts";
import { echoBody, startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type LoadResponse } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const BLOCK_MS = 5_000;
/** Far above the latency on a loaded machine, far below that of a request that waits for a blocked thread. */
const STUCK_MS = BLOCK_MS / 2;

function failures(responses: readonly LoadResponse[]): LoadResponse[] {
  return responses.filter(
    ({ path, status, body, ms }) => status !== 200 || body !== echoBody(path, "one") || ms > STUCK_MS,
  );
}

describe("threads under load", () => {
  let servers: Server[];
  let shadowdiff: Shadowdiff;

  beforeEach(async () => {
    servers = await Promise.all([startEcho("one"), startEcho("two"), startEcho("one")]);
    const [primary, candidate, secondary] = servers.map(urlOf) as [string, string, string];
    shadowdiff = await startShadowdiff({
      args: ["--primary", primary, "--candidate", candidate, "--secondary", secondary],
    });
  });
  afterEach(async () => {
    await shadowdiff.stop();
    stopServers(servers);
  });

  async function runUnderLoad(chaos: Chaos, loadMs: number): Promise<readonly LoadResponse[]> {
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
    await shadowdiff.reportWhere((report) => report.accounting.compared > 0);
    shadowdiff.chaos(chaos);
    await new Promise((resolve) => setTimeout(resolve, loadMs));
    return load.stop();
  }

  for (const thread of ["compare-0", "store", "main"]) {
    it(`a stall of ${thread} for 5 s slows no request, and every request is accounted for`, async () => {
      const responses = await runUnderLoad({ thread, action: "block", ms: BLOCK_MS }, BLOCK_MS + 500);
      expect(failures(responses)).toEqual([]);
      const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
      expect(report.accounting.received).toBe(responses.length);
      expect(brokenInvariants(report)).toEqual([]);
    });
  }

  for (const thread of ["compare-0", "store"]) {
    for (const action of ["throw", "exit"] as const) {
      it(`the death of ${thread} (${action}) fails no request, the thread is restarted, and every request is accounted for`, async () => {
        const responses = await runUnderLoad({ thread, action }, 1_500);
        expect(failures(responses)).toEqual([]);
        const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
        expect(report.accounting.received).toBe(responses.length);
        // Most were compared, so the new thread has taken over.
        expect(report.accounting.compared).toBeGreaterThan(responses.length / 2);
        const metrics = await (await fetch(`${shadowdiff.admin}/metrics`)).text();
        expect(metrics).toContain(`shadowdiff_thread_restarts_total{thread="${thread}"} 1`);
      });
    }
  }

  it("a proxy thread that dies is restarted on the same port", async () => {
    expect((await fetch(`${shadowdiff.proxy}/items/1`)).status).toBe(200);
    shadowdiff.chaos({ thread: "proxy-0", action: "exit" });
    await expect
      .poll(
        () =>
          fetch(`${shadowdiff.proxy}/items/2`)
            .then((response) => response.status)
            .catch(() => 0),
        { timeout: 5_000 },
      )
      .toBe(200);
  });

  it("SIGTERM under load ends with no failed request in flight and everything stored", async () => {
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
    await shadowdiff.reportWhere((report) => report.accounting.compared > 100);
    const code = await shadowdiff.stop();
    const responses = await load.stop();
    expect(code).toBe(0);
    // Connections after the listener has closed are refused. All accepted requests have a response.
    const failed = responses.filter(({ status }) => status !== 200);
    expect(failed.filter(({ error }) => !/ECONNREFUSED/.test(error ?? ""))).toEqual([]);
  });
});
