import type { Server } from "node:http";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { startEcho, stopServers, urlOf } from "./echo.ts";
import { reportAfter } from "./report-after.ts";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike".split(" ");
const SLUGS = Array.from({ length: 2_000 }, (_, n) =>
  [n, n / 13, n / 169].map((at) => WORDS[Math.floor(at) % 13]).join("-"),
);

/** Two starts and 2,300 requests, possibly on a busy machine. */

let servers: Server[];
let running: Shadowdiff | undefined;
beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two")]);
});
afterEach(() => running?.stop());
afterAll(() => stopServers(servers));

async function start(store?: string): Promise<Shadowdiff> {
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  const threads = ["--threads-proxy", "2", "--threads-compare", "3"];
  const args = ["--primary", primary, "--candidate", candidate, ...threads];
  running = await startShadowdiff({ args, ...(store !== undefined && { store }) });
  return running;
}

function countsOf({ endpoints }: Report): Record<string, number> {
  return Object.fromEntries(endpoints.map(({ endpoint, compared: count }) => [endpoint, count]));
}

it("2,000 slugs and two static words are three endpoints with exact counts, in all threads, and after a restart", async () => {
  const shadowdiff = await start();
  const traffic = SLUGS.flatMap((slug, n) => [
    `/posts/${slug}`,
    ...(n % 10 === 0 ? ["/posts/of-the-day"] : []),
    ...(n % 20 === 0 ? ["/posts/search?q=a"] : []),
  ]);
  const report = await reportAfter(shadowdiff, traffic);
  expect(countsOf(report)).toEqual({
    "GET /posts/{post}": 2_000,
    "GET /posts/of-the-day": 200,
    "GET /posts/search": 100,
  });
  expect(report.overflow).toMatchObject({ endpoints: 0, templates: [] });
  expect(shadowdiff.stderr()).toContain("learned from traffic: GET /posts/{post}");
  const { samples } = await shadowdiff.get<{ samples: { endpoint: string }[] }>(
    `/api/v1/samples?endpoint=${encodeURIComponent("GET /posts/{post}")}`,
  );
  expect(new Set(samples.map(({ endpoint }) => endpoint))).toEqual(new Set(["GET /posts/{post}"]));

  // A rule for one of the slugs gives it an endpoint of its own again.
  const rule = {
    endpoint: `GET /posts/${SLUGS[1_999]}`,
    section: "body",
    path: "$.version",
    action: { type: "type-only" },
    reason: "each tells its own",
  };
  const added = await fetch(`${shadowdiff.admin}/api/v1/rules`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(rule),
  });
  expect(added.status).toBe(201);
  const again = await reportAfter(shadowdiff, [`/posts/${SLUGS[1_999]}`, `/posts/${SLUGS[1_998]}`], traffic.length + 2);
  expect(countsOf(again)).toMatchObject({ "GET /posts/{post}": 2_001, [rule.endpoint]: 1 });
  expect(again.endpoints.find(({ endpoint }) => endpoint === rule.endpoint)).toMatchObject({
    matched: 1,
    differed: 0,
  });
  expect(await shadowdiff.stop()).toBe(0);

  const next = await start(shadowdiff.store);
  const few = await reportAfter(
    next,
    SLUGS.slice(0, 5).map((slug) => `/posts/${slug}`),
  );
  expect(countsOf(few)).toEqual({ "GET /posts/{post}": 5 });
  expect(next.stderr()).not.toContain("learned from traffic");
});
