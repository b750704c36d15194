import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { formatCount } from "../../src/presentation/words/number-format.ts";
import type { WatchedPage } from "./chromium.ts";
import type { Started } from "./dashboard-process.ts";
import { watchService, type WatchedService } from "./watched-service.ts";

/** Limits that a few hundred responses can meet. */
const GATE = "gate: { parity: 0.5, latencyRatio: 1000, minCompared: 50, errorRate: 0.5 }\n";
/** To each endpoint, in one round of traffic. */
const ROUND = 100;
const MAX_ROUNDS = 40;
/** Rows and links to pass at most on the way to one. */
const MAX_STEPS = 60;

let service: WatchedService | undefined;
let watched: WatchedPage;
let started: Started;
/** Requests to each endpoint. */
let requests = 0;

/** An order, of which the candidate has lost one field and gained another. */
function orderService(isCandidate: boolean): Server {
  return createServer((request, response) => {
    const order = isCandidate ? { id: 7, total: 24 } : { id: 7, sum: 24 };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url?.startsWith("/orders/") === true ? order : { name: "Ada" }));
  }).listen(0, "127.0.0.1");
}

beforeAll(async () => {
  service = await watchService(inject("webRoot"), orderService, GATE);
  ({ started, watched } = service);
});

afterAll(() => service?.stop());

async function report(): Promise<Report> {
  return (await (await fetch(`${started.adminUrl}/api/v1/report`)).json()) as Report;
}

/** Sends requests until the differences are certain and the latencies judged, however busy the machine is. */
async function sendTraffic(): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (let id = 0; id < ROUND; id += 1) {
      for (const path of [`/orders/${id}`, `/users/${id}`]) await (await fetch(started.proxyUrl + path)).text();
    }
    requests += ROUND;
    await expect.poll(async () => (await report()).accounting.compared).toBe(2 * requests);
    const { verdict, latency, endpoints } = await report();
    const judged = [latency, ...endpoints.map((endpoint) => endpoint.latency)];
    if (verdict === "fail" && judged.every((each) => each.verdict === "pass")) return;
  }
  throw new Error("the traffic never leads to a verdict");
}

/** Presses a key until the focused element, or the row around it, matches. */
async function pressUntil(key: string, selector: string): Promise<void> {
  const isThere = `document.activeElement?.closest(${JSON.stringify(selector)}) != null`;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if ((await watched.page.evaluate(isThere)) === true) return;
    await watched.page.keyboard.press(key);
  }
  throw new Error(`${key} never reaches ${selector}`);
}

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await watched.page.keyboard.press(key);
}

it("from the verdict to a decision that changes it, and back, without a mouse", async () => {
  await sendTraffic();
  const { page } = watched;
  const verdict = page.locator("#verdict-title");
  await page.goto(started.adminUrl);
  await verdict.filter({ hasText: "fail" }).waitFor();
  // All exchanges are stored before the walk begins.
  await page.locator('[data-flow="received"] .flow-count', { hasText: formatCount(2 * requests) }).waitFor();

  await press("g", "e");
  await page.locator("[data-endpoint]").first().waitFor();
  await pressUntil("j", '[data-endpoint*="GET /orders/{id}"]');
  await press("Enter");
  const badge = page.locator("#endpoint-title .badge");
  await badge.filter({ hasText: "fail" }).waitFor();

  await pressUntil("j", "[data-cause]");
  await press("Enter");
  await page.locator("#cause-detail").waitFor();
  expect(await page.locator("[data-field]").allInnerTexts()).toHaveLength(2);
  await page.locator("[data-sample]").first().waitFor();

  await pressUntil("j", "[data-sample]");
  await press("Enter");
  await page.locator("#sample-title").waitFor();
  await page.locator("main", { hasText: "sum" }).waitFor();
  await pressUntil("Tab", 'a[href*="/endpoint?"]');
  await press("Enter");
  await badge.waitFor();

  await pressUntil("j", "[data-cause]");
  await press("i");
  await page
    .getByText(
      `Hides ${formatCount(2 * requests)} differences in ${formatCount(requests)} exchanges on 1 endpoint; the verdict of the run becomes pass.`,
    )
    .waitFor();
  await press("Enter");
  await badge.filter({ hasText: "pass" }).waitFor();
  // Until the form has closed, its text field takes the keys.
  await page.locator(".decision").waitFor({ state: "detached" });
  await press("g", "o");
  await verdict.filter({ hasText: "pass" }).waitFor();

  await press("u");
  await verdict.filter({ hasText: "fail" }).waitFor();
  await page.locator(".undo-toast", { hasText: "Undone: Ignored" }).waitFor();
  expect(watched.complaints).toEqual([]);
});
