import { mkdirSync, mkdtempSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import type { Rule } from "../../src/model/rule.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll } from "./load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

/** Each version responds with its name. A rule that compares types only hides that difference. */
const RULE = {
  endpoint: "**",
  section: "body",
  path: "$.version",
  action: { type: "type-only" },
  reason: "each tells its own",
};

let servers: Server[];
let shadowdiff: Shadowdiff | undefined;

beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two")]);
});
afterEach(() => shadowdiff?.stop());
afterAll(() => stopServers(servers));

async function start(store?: string): Promise<Shadowdiff> {
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  const args = ["--primary", primary, "--candidate", candidate, "--threads-compare", "2"];
  shadowdiff = await startShadowdiff({ args, ...(store !== undefined && { store }) });
  return shadowdiff;
}

function send(running: Shadowdiff, method: string, path: string, body: object = {}): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(running.admin + path, { method, headers, body: JSON.stringify(body) });
}

/** Sends requests. @returns how many exchanges differ so far */
async function differedAfter(running: Shadowdiff, count: number, received: number): Promise<number> {
  await sendAll(
    running.proxy,
    Array.from({ length: count }, (_, at) => `/items/${at}`),
  );
  const report: Report = await running.reportWhere((now) => isAtRest(now, received));
  return report.accounting.differed;
}

describe("a denied cause", () => {
  it("is hidden on new traffic by no rule that is applied during comparison", async () => {
    const running = await start();
    expect(await differedAfter(running, 20, 20)).toBe(20);
    const report: Report = await running.reportWhere((now) => isAtRest(now, 20));
    const cause = report.endpoints[0]?.causes.find(({ fields }) => fields.some(({ path }) => path === "$.version"));
    const signature = encodeURIComponent(cause?.signature ?? "");
    const denied = await send(running, "PUT", `/api/v1/reviews/${signature}`, { decision: "denied", reason: "wrong" });
    expect(denied.status).toBe(200);
    expect((await send(running, "POST", "/api/v1/rules", RULE)).status).toBe(201);
    expect(await differedAfter(running, 20, 40)).toBe(40);
    expect((await send(running, "DELETE", `/api/v1/reviews/${signature}`)).status).toBe(200);
    expect(await differedAfter(running, 20, 60)).toBe(40);
  });
});

describe("a rule that is applied during comparison", () => {
  it("applies in every compare thread once its request has succeeded, also after a restart, until it is removed", async () => {
    const first = await start();
    expect(await differedAfter(first, 20, 20)).toBe(20);
    const added = await send(first, "POST", "/api/v1/rules", RULE);
    expect(added.status).toBe(201);
    const { rule } = (await added.json()) as { rule: Rule };
    expect(await differedAfter(first, 20, 40)).toBe(20);
    expect(await first.stop()).toBe(0);

    const second = await start(first.store);
    expect(await differedAfter(second, 20, 20)).toBe(0);
    second.chaos({ thread: "compare-0", action: "throw" });
    await expect
      .poll(async () => (await second.get<{ threads: { restarts: number }[] }>("/api/v1/status")).threads, {
        timeout: 15_000,
      })
      .toContainEqual(expect.objectContaining({ restarts: 1 }));
    expect(await differedAfter(second, 20, 40)).toBe(0);
    expect((await send(second, "DELETE", `/api/v1/rules/${rule.id}`)).status).toBe(200);
    expect(await differedAfter(second, 20, 60)).toBe(20);
  });
});

describe("a store that cannot be used", () => {
  it("fails an edit at once with the reason", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "shadowdiff-")), "test.db");
    mkdirSync(path);
    const running = await start(path);
    const rule = await send(running, "POST", "/api/v1/rules", { ...RULE, force: true });
    const ended = await send(running, "POST", "/api/v1/runs/current/end");
    for (const response of [rule, ended]) {
      expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("store-unavailable")]);
    }
  });
});
