import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runReport, type ReportOptions } from "../../src/commands/report/run-report.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { startTestAdmin } from "../admin/admin-fixture.ts";
import { OPTIONS } from "../store/store-fixture.ts";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import { FIRST_BATCH, RUN } from "./dashboard-data.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let folder = "";
let store = "";
let url = "";
let browser: Browser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-html-"));
  store = join(folder, "store.db");
  const writer = openSqliteWriter(store, OPTIONS);
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [FIRST_BATCH]);
  await writer.close();
  writeFileSync(join(folder, "report.html"), await htmlReport({ store }));
  url = pathToFileURL(join(folder, "report.html")).href;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** What the command prints. */
async function htmlReport(source: Pick<ReportOptions, "store" | "url">): Promise<string> {
  let text = "";
  const io = { out: (part: string) => (text += part), err: () => undefined };
  await runReport({ ...source, run: RUN.id, candidate: "v2", format: "html" }, io);
  return text;
}

/** Two reports are not made in the same second. */
function withoutTime(text: string): string {
  return text.replace(/Made by [^<]*? UTC/, "");
}

/** The report, as someone opens it who received it by mail. */
async function openReport(options: BrowserContextOptions = {}, hash = ""): Promise<WatchedPage> {
  const watched = await openPage(browser, { offline: true, reducedMotion: "reduce", ...options });
  await watched.page.goto(url + hash);
  return watched;
}

const OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true";

describe("report --format html", () => {
  it("has the same samples and distributions from a running shadowdiff as from its store", async () => {
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    expect(withoutTime(await htmlReport({ url: admin.url }))).toBe(withoutTime(await htmlReport({ store })));
  });
});

describe("the HTML report in Chromium without network", () => {
  it("requests only its own file, runs nothing from traffic, and shows samples side by side", async () => {
    const { page, requests, complaints } = await openReport();

    await page.evaluate(OPEN_ALL);
    const marked = await page.locator(".diff tr.replace").filter({ hasText: "ada@example" }).first().innerText();
    expect(marked).toMatch(/"e\/mail": "ada@example\.org".*~.*"e\/mail": "ada@example\.com"/s);
    expect(await page.locator("article.sample").count()).toBe(5);
    expect(await page.locator("article.sample", { hasText: "connection refused" }).count()).toBe(1);
    expect(await page.locator("svg.chart").first().boundingBox()).toMatchObject({ width: 760 });
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(await page.evaluate("getComputedStyle(document.querySelector('.panel')).borderTopLeftRadius")).toBe("10px");
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("has no accessibility violations and fits its width, wide and narrow, light and dark", async () => {
    const problems: string[] = [];
    for (const [width, colorScheme] of [
      [1440, "dark"],
      [390, "light"],
    ] as const) {
      const { page } = await openReport({ viewport: { width, height: 900 }, colorScheme });
      await page.evaluate(OPEN_ALL);
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResults;
      problems.push(
        ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${width} ${colorScheme} ${id}: ${html}`)),
      );
      const { scrollWidth, clientWidth } = (await page.evaluate(
        "({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })",
      )) as Record<"scrollWidth" | "clientWidth", number>;
      if (scrollWidth > clientWidth) problems.push(`${width}: the page is ${scrollWidth} wide`);
      await page.context().close();
    }
    expect(problems).toEqual([]);
  });

  it("opens a cause that a link names, without scripts, by keyboard too", async () => {
    const { page } = await openReport({ javaScriptEnabled: false });
    const href = await page.locator(".endpoint .causes a").first().getAttribute("href");
    expect(await page.locator(`[id="${href?.slice(1)}"]`).isVisible()).toBe(false);
    await page.context().close();

    const { page: linked } = await openReport({ javaScriptEnabled: false }, href ?? "");
    const cause = linked.locator(`[id="${href?.slice(1)}"]`);
    expect(await cause.isVisible()).toBe(true);
    expect(await cause.locator("article.sample").first().isVisible()).toBe(true);
    // Tab reaches the first folded part, and Enter opens it.
    const summary = linked.locator(".cause:not([open]) > summary").first();
    await summary.focus();
    const folded = linked.locator(".cause:not([open])");
    const before = await folded.count();
    await linked.keyboard.press("Enter");
    await expect.poll(() => folded.count()).toBe(before - 1);
    await linked.context().close();
  });

  it("prints everything, folded parts too, in light colors", async () => {
    const { page } = await openReport({ colorScheme: "dark" });

    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.locator("article.sample").first().isVisible()).toBe(true);
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(24, 33, 45)");
    await page.context().close();
  });
});
