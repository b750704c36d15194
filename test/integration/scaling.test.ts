import type { Server } from "node:http";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { echoBody, startEcho, stopServers, urlOf } from "./echo.ts";
import { startLoad, type Answer } from "./load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const LOAD_MS = 800;
/** The system spreads them over the proxy threads by chance: that one gets none has a chance of 2 to the -47. */
const CONNECTIONS = 48;
/** Snapshots of the threads come once a second. */
const METRICS = { timeout: 20_000, interval: 200 };

function failures(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ path, status, body }) => status !== 200 || body !== echoBody(path, "one"));
}

/** Every batch is named after the proxy thread that made it. */
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

  async function loadWhile(work: () => unknown): Promise<readonly Answer[]> {
    const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`, CONNECTIONS, 50);
    await work();
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
    return load.stop();
  }

  it("share the work, and report and metrics show its sum", async () => {
    const answers = await loadWhile(() => {});
    const sent = answers.length;
    expect(failures(answers)).toEqual([]);
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
    // Both compare threads have done something.
    for (const thread of ["compare-0", "compare-1"]) {
      expect(await shadowdiff.metric("shadowdiff_event_loop_active_seconds_total", { thread })).toBeGreaterThan(0);
    }
  });

  it("one proxy thread dying: clients on the other one do not notice, and all others are served again", async () => {
    const answers = await loadWhile(async () => {
      await shadowdiff.reportWhere(({ accounting }) => accounting.compared > CONNECTIONS);
      shadowdiff.chaos({ thread: "proxy-0", action: "exit" });
    });
    const failed = failures(answers);
    // A request in flight on the dead thread has no answer; none has a wrong one.
    expect(failed.filter(({ status }) => status !== 0)).toEqual([]);
    const touched = new Set(failed.map(({ client }) => client));
    expect(touched.size).toBeLessThan(CONNECTIONS);
    const lastAnswers = new Map(answers.map((answer) => [answer.client, answer]));
    expect(failures([...lastAnswers.values()])).toEqual([]);

    // Whoever was answered by a living thread is counted; what the dead one had not handed on is lost as a whole.
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, answers.length / 2));
    expect(report.accounting.received).toBeLessThanOrEqual(answers.length);
    await expect.poll(() => shadowdiff.metric("shadowdiff_thread_restarts_total", { thread: "proxy-0" })).toBe(1);
    expect(await shadowdiff.metric("shadowdiff_thread_restarts_total")).toBe(1);
  });

  it("one compare thread dying: no client notices, and every request is accounted for", async () => {
    const answers = await loadWhile(async () => {
      await shadowdiff.reportWhere(({ accounting }) => accounting.compared > CONNECTIONS);
      shadowdiff.chaos({ thread: "compare-0", action: "exit" });
    });
    expect(failures(answers)).toEqual([]);
    const report = await shadowdiff.reportWhere((now) => isAtRest(now, answers.length));
    expect(report.accounting.received).toBe(answers.length);
    expect(brokenInvariants(report)).toEqual([]);
    await expect.poll(() => shadowdiff.metric("shadowdiff_thread_restarts_total", { thread: "compare-0" })).toBe(1);
  });
});
