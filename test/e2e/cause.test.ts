import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Overview } from "../../src/model/views/overview.ts";
import type { WatchedPage } from "./chromium.ts";
import type { Started } from "./dashboard-process.ts";
import { watchService, type WatchedService } from "./watched-service.ts";

const DOCUMENT = "isolate: { perSecond: 100 }\n";
const MAX_ROUNDS = 40;
const ROUND = 25;
const MAX_STEPS = 60;
/** Runs if a page renders it as markup. */
const HOSTILE = `<img src=x onerror="window.executed = 'canary'">`;

/** Typed into the dashboard. */
const SECRET = "typed-in-once";

/** Cookies of requests that were sent again. */
const probedWith: (string | undefined)[] = [];
let axe: string;
let service: WatchedService | undefined;
let watched: WatchedPage;
let started: Started;

/** The candidate has another price in euros, and another note for one client, whatever else a request has. */
function shop(isCandidate: boolean): Server {
  return createServer(({ url = "", headers }, response) => {
    const { pathname, searchParams } = new URL(url, "http://shop");
    if (headers["shadowdiff-probe"] !== undefined) probedWith.push(headers.cookie);
    const isWrong = pathname === "/prices" ? searchParams.get("currency") === "EUR" : headers["x-client"] === HOSTILE;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ [pathname.slice(1)]: isCandidate && isWrong ? 12 : 10 }));
  }).listen(0, "127.0.0.1");
}

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  service = await watchService(inject("webRoot"), shop, DOCUMENT);
  ({ started, watched } = service);
});

afterAll(() => service?.stop());

async function overview(): Promise<Overview> {
  return (await (await fetch(`${started.adminUrl}/api/v1/overview`)).json()) as Overview;
}

async function send(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  await (
    await fetch(started.proxyUrl + path, { headers: { "accept-language": "de", "x-team": "web", ...headers } })
  ).text();
}

/** Sends requests until both causes are explained, however busy the machine is. */
async function sendTraffic(): Promise<void> {
  let sent = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (let index = 0; index < ROUND; index += 1) {
      const currency = index % 5 === 0 ? "EUR" : "USD";
      await send(`/prices?limit=${index}&currency=${currency}&sort=name`, { cookie: `theme=dark; seen=${index % 3}` });
      await send("/notes", index % 4 === 0 ? { "x-client": HOSTILE } : { "x-client": `app/${index % 2}` });
    }
    sent += 2 * ROUND;
    await expect.poll(async () => (await overview()).accounting.compared).toBe(sent);
    const { causes } = await overview();
    const texts = causes.map(({ cause }) => cause.explanation ?? "");
    if (["?currency", "x-client"].every((name) => texts.some((text) => text.startsWith(name)))) return;
  }
  throw new Error("the causes are never explained");
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

/** Accessibility violations in both themes. */
async function violations(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  await page.evaluate(axe);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const results = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResults;
    found.push(
      ...results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${colorScheme} ${id}: ${html}`)),
    );
  }
  return found;
}

it("from the verdict to the request that decides, without a mouse, and no captured value runs", async () => {
  await sendTraffic();
  const { page } = watched;
  await page.goto(started.adminUrl);
  const priceRow = page.locator("[data-cause]", { hasText: "GET /prices" });
  await priceRow.locator(".cause-why", { hasText: "?currency=EUR" }).waitFor();
  const signature = await priceRow.getAttribute("data-cause");

  await pressUntil("j", `[data-cause="${signature}"]`);
  await press("w");
  await page.locator("[data-explanation]", { hasText: "?currency=EUR" }).waitFor();
  await page.locator("[data-when] canvas").waitFor();
  await pressUntil("j", "[data-finding]");
  await press("Enter");
  await page.locator("[data-finding-filter]", { hasText: "?currency=EUR" }).waitFor();
  expect(new URL(page.url()).searchParams.get("finding")).toBe("?currency=EUR");
  await page.locator("[data-sample]").first().waitFor();
  const conditions = watched.requests.flatMap((request) => new URL(request).searchParams.getAll("condition"));
  expect(conditions.map((text) => JSON.parse(text) as unknown)).toContainEqual({
    source: "query",
    name: "currency",
    test: "equals",
    value: "EUR",
  });

  await pressUntil("Tab", ".mark-form");
  await press("Enter", "Tab");
  await page.keyboard.type(HOSTILE);
  await press("Enter");
  await page.locator('[data-mark="deployment"]', { hasText: HOSTILE }).waitFor();
  // Out of the field, whose text the keys would be.
  await pressUntil("Tab", "[data-arm]");

  const dialog = page.getByRole("dialog");
  await press("i");
  await dialog.getByText("requests to each of 3 versions").waitFor();
  expect(new URL(page.url()).searchParams.get("isolate")).not.toBeNull();
  // Values of cookies were not stored. One is typed in, the other is left out.
  await pressUntil("Tab", '[data-secret="cookie theme"]');
  await page.keyboard.type(SECRET);
  await press("Enter");
  await page.locator('[data-state="isolated"]').waitFor();
  expect(await page.evaluate("document.activeElement.id")).toBe("isolation-title");
  expect([...new Set(probedWith)]).toContain(`theme=${SECRET}`);
  expect(page.url() + (await page.content())).not.toContain(SECRET);
  const deciding = await page.locator("[data-deciding]").allInnerTexts();
  expect(deciding).toHaveLength(1);
  expect(deciding[0]).toMatch(/currency=EUR.* it is gone/);
  const curl = await page.locator("[data-curl]").innerText();
  expect(curl).toContain("/prices?currency=EUR");
  for (const gone of ["limit", "sort", "x-team", "accept-language"]) expect(curl).not.toContain(gone);
  expect(await violations(page)).toEqual([]);

  await pressUntil("j", "[data-sample]");
  await press("Enter");
  await page.locator("[data-resend]").waitFor();
  await press("r");
  await dialog.getByText("One request to each version").waitFor();
  await dialog.locator("input[type=password]").first().waitFor();
  await press("Enter");
  await page.locator('[data-resent="same"]', { hasText: "shows again" }).waitFor();
  await page.locator(".resent-message", { hasText: "cookie theme" }).waitFor();
  await press("g", "m");
  await page.locator("[data-probes]", { hasText: /: \d+ requests/ }).waitFor();

  await press("g", "o");
  const noteRow = page.locator("[data-cause]", { hasText: "GET /notes" });
  await noteRow.waitFor();
  await pressUntil("j", `[data-cause="${await noteRow.getAttribute("data-cause")}"]`);
  await press("w");
  await page.locator("[data-explanation]", { hasText: `x-client: ${HOSTILE}` }).waitFor();
  await pressUntil("j", "[data-finding]");
  await press("Enter");
  await page.locator("[data-finding-filter]", { hasText: HOSTILE }).waitFor();
  await page.locator("[data-sample]").first().waitFor();

  await press("l");
  await dialog.getByText("the next request of a client").waitFor();
  await pressUntil("Tab", "button[type=submit]");
  await press("Enter");
  await page.locator('[data-state="armed"]').waitFor();
  await pressUntil("Tab", "[data-stop]");
  await press("Enter");
  await page.locator('[data-state="stopped"]').waitFor();
  expect(await page.evaluate("window.executed")).toBeUndefined();
  expect(watched.complaints).toEqual([]);

  await page.goto(`${started.adminUrl}/causes/${signature?.slice(0, 8)}?isolate=gone`);
  await dialog.getByText("There is no sample gone").waitFor();
  expect(await dialog.locator("button[type=submit]").isDisabled()).toBe(true);
  // The full signature comes with the explanation, which can be later than the dialog.
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/causes/${signature}`);
});
