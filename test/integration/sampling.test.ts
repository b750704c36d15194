import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { sendAll } from "./load.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const REQUESTS = 1_000;
const PERCENT = 30;
/** Four standard deviations: one in 16,000 runs fails by chance. */
const TOLERANCE = 4 * Math.sqrt((REQUESTS * PERCENT * (100 - PERCENT)) / 10_000);

describe(`--percent ${PERCENT}`, () => {
  let servers: Server[];
  let shadowdiff: Shadowdiff;
  const mirrored: string[] = [];

  beforeAll(async () => {
    servers = await Promise.all([startEcho("one"), startEcho("two")]);
    servers[1]?.on("request", ({ url = "" }) => mirrored.push(url));
    const [primary, candidate] = servers.map(urlOf) as [string, string];
    const args = ["--primary", primary, "--candidate", candidate, "--percent", `${PERCENT}`];
    shadowdiff = await startShadowdiff({ args });
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    stopServers(servers);
  });

  it("mirrors about that percentage of a thousand requests, and counts the others as sampled out", async () => {
    const paths = Array.from({ length: REQUESTS }, (_, index) => `/items/${index}`);
    const responses = await sendAll(shadowdiff.proxy, paths);
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);

    const { accounting } = await shadowdiff.reportWhere((now) => isAtRest(now, REQUESTS));
    expect(accounting).toEqual({ ...accounting, received: REQUESTS, dropped: {}, skipped: {}, notMirrored: {} });
    expect(accounting.mirrored + accounting.sampledOut).toBe(REQUESTS);
    expect(accounting.compared).toBe(accounting.mirrored);
    // The candidate has received exactly the mirrored ones, each once.
    expect(new Set(mirrored).size).toBe(accounting.mirrored);
    expect(mirrored).toHaveLength(accounting.mirrored);
    expect(Math.abs(accounting.mirrored - (REQUESTS * PERCENT) / 100)).toBeLessThan(TOLERANCE);
  });
});
