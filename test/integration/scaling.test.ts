import type { Server } from "node:http";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { echoBody, startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type LoadResponse } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const LOAD_MS = 800;
/** The kernel distributes them over the proxy threads at random. One thread gets none with probability 2^-47. */
const CONNECTIONS = 48;
/** Threads send their metrics once a second. */
const METRICS = { interval: 200 };

function failures(responses: readonly LoadResponse[]): LoadResponse[] {
  return responses.filter(({ path, status, body }) => status !== 200 || body !== echoBody(path, "one"));
}

/** The id of a batch contains the identity of its proxy thread. */
function proxiesIn(store: string): number {
  const db = new Sqlite(store, { readonly: true });
  const ids = db.prepare<[], string>("SELECT id FROM batch").pluck().all();
  db.close();
  return new Set(ids.map((id) => id.slice(0, id.indexOf("/")))).size;
}

describe("two proxy and two compare threads", () => {
  let servers: Server[];
  let shadowdiff: Shadowdiff;

  beforeEach(async () => {
    servers = await Promise.all([startEcho("one"), startEcho("two")]);
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    const threads = ["--threads-proxy", "2", "--threads-compare", "2"];
    shadowdiff = await startShadowdiff({ args: ["--primary", primary, "--candidate", candidate, ...threads] });
  });
  afterEach(async () => {
    await shadowdiff?.stop();
    stopServers(servers);
  });

  async function loadWhile(work: () => unknown): Promise<readonly LoadResponse[]> {
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, CONNECTIONS, 50);
    await work();
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
    return load.stop();
  }

  it("share the work, and report and metrics show the sum", async () => {
    const responses = await loadWhile(() => {});
    const sent = responses.length;
    expect(failures(responses)).toEqual([]);
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, sent));
    expect(report.accounting).toMatchObject({ received: sent, mirrored: sent, compared: sent, differed: sent });
    expect(brokenInvariants(report)).toEqual([]);
    expect(proxiesIn(shadowdiff.store)).toBe(2);

    const sums: [string, Record<string, string>][] = [
      ["shadowdiff_requests_total", { code: "200" }],
      ["shadowdiff_requests_total", {}],
      ["shadowdiff_upstream_request_duration_seconds_count", { role: "primary" }],
      ["shadowdiff_upstream_request_duration_seconds_count", { role: "candidate", code: "200" }],
      ["shadowdiff_comparisons_total", { result: "differ" }],
      ["shadowdiff_comparisons_total", {}],
    ];
    for (const [name, labels] of sums) {
      await expect.poll(() => shadowdiff.metric(name, labels), METRICS).toBe(sent);
    }
    // Both compare threads have compared exchanges.
    for (const thread of ["compare-0", "compare-1"]) {
      expect(await shadowdiff.metric("shadowdiff_event_loop_active_seconds_total", { thread })).toBeGreaterThan(0);
    }
  });

  it("survive the death of a proxy thread: clients of the other one do not notice, and the rest are served again", async () => {
    const responses = await loadWhile(async () => {
      await shadowdiff.reportWhere(({ accounting }) => accounting.compared > CONNECTIONS);
      shadowdiff.chaos({ thread: "proxy-0", action: "exit" });
    });
    const failed = failures(responses);
    // A request in flight on the dead thread has no response. No request has a wrong one.
    expect(failed.filter(({ status }) => status !== 0)).toEqual([]);
    const touched = new Set(failed.map(({ client }) => client));
    expect(touched.size).toBeLessThan(CONNECTIONS);
    const lastResponses = new Map(responses.map((response) => [response.client, response]));
    expect(failures([...lastResponses.values()])).toEqual([]);

    // Requests of the running thread are counted. Captures that the dead one had not sent yet are lost.
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length / 2));
    expect(report.accounting.received).toBeLessThanOrEqual(responses.length);
    await expect.poll(() => shadowdiff.metric("shadowdiff_thread_restarts_total", { thread: "proxy-0" })).toBe(1);
    expect(await shadowdiff.metric("shadowdiff_thread_restarts_total")).toBe(1);
  });

  it("survive the death of a compare thread: no client notices, and every request is accounted for", async () => {
    const responses = await loadWhile(async () => {
      await shadowdiff.reportWhere(({ accounting }) => accounting.compared > CONNECTIONS);
      shadowdiff.chaos({ thread: "compare-0", action: "exit" });
    });
    expect(failures(responses)).toEqual([]);
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
    expect(report.accounting.received).toBe(responses.length);
    expect(brokenInvariants(report)).toEqual([]);
    await expect.poll(() => shadowdiff.metric("shadowdiff_thread_restarts_total", { thread: "compare-0" })).toBe(1);
  });
});
