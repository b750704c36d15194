import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { echoBody, startEcho, stopServers, urlOf } from "../integration/echo.ts";
import { startLoad } from "../integration/load.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";

const HOUR_MS = 3_600_000;
/** After a year, the retention of 30 days would delete everything. */
const JUMPS_MS = [HOUR_MS, -HOUR_MS, 365 * 24 * HOUR_MS, -365 * 24 * HOUR_MS, 0];
const BETWEEN_MS = 700;

let servers: Server[];
let shadowdiff: Shadowdiff;
beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two")]);
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  shadowdiff = await startShadowdiff({ args: ["--primary", primary, "--candidate", candidate] });
});
afterAll(async () => {
  await shadowdiff.stop();
  stopServers(servers);
});

it("a wall clock that jumps by an hour and by a year, back and forth, loses no request, no count and no row", async () => {
  const load = startLoad(shadowdiff.proxy, (index) => `/items/${index}`);
  for (const ms of JUMPS_MS) {
    await delay(BETWEEN_MS);
    shadowdiff.chaos({ thread: "every", action: "shift-clock", ms });
  }
  await delay(BETWEEN_MS);
  const responses = await load.stop();
  expect(responses.filter(({ status, path, body }) => status !== 200 || body !== echoBody(path, "one"))).toEqual([]);
  const report = await shadowdiff.reportWhere((now) => isAtRest(now, responses.length));
  expect(brokenInvariants(report)).toEqual([]);
  expect(report.accounting.received).toBe(responses.length);
  expect(report.accounting.skipped).toEqual({});
  for (const { latency } of report.endpoints) {
    for (const value of Object.values(latency.primary)) expect(value).toBeGreaterThanOrEqual(0);
    for (const value of Object.values(latency.candidate)) expect(value).toBeLessThan(BETWEEN_MS * JUMPS_MS.length);
  }
});
