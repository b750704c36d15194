import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { launchChromium, openPage } from "./chromium.ts";
import { startDemoRun, type DemoRun } from "./demo-run.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1440, 390] as const;
const THEMES = ["light", "dark"] as const;
/** The header at 390 pixels, which leaves the page to its content. */
const MAX_HEADER_HEIGHT = 64;

let browser: Browser;
let run: DemoRun;
beforeAll(async () => {
  [browser, run] = await Promise.all([launchChromium(), startDemoRun(inject("webRoot"), 400)]);
});
afterAll(async () => {
  await browser?.close();
  await run?.stop();
});

/** Elements that are wider than the page, the innermost of each. A string, because the tests are compiled without a browser's types. */
const OVERFLOWING = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return [...document.querySelectorAll("main *, header *")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1 && element.closest(".scroll") === null)
    .map((element) => element.tagName + "." + element.className)
    .slice(-3);
})()`;

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations: found } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as AxeResults;
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

const PAGES: readonly (readonly [name: string, path: () => string, ready: string])[] = [
  ["overview", () => "/", "#verdict-title"],
  ["endpoints", () => "/endpoints", "[data-endpoint]"],
  ["endpoint", () => `/endpoint?name=${encodeURIComponent("GET /gcd/{id}/{id}")}`, "h1"],
  ["endpoint with a noisy field", () => `/endpoint?name=${encodeURIComponent("GET /calculations/{id}")}`, "h1"],
  ["cause", () => `/causes/${run.cause}`, "[data-basis]"],
  ["exchange", () => `/sample/${run.sample}`, "h1"],
  ["latency", () => "/latency", "canvas"],
  ["latency of an endpoint", () => `/latency?endpoint=${encodeURIComponent("GET /cubes/{id}")}`, "canvas"],
  ["live tail", () => "/tail", "[data-tail]"],
  ["rules", () => "/rules", "h1"],
  ["reviews", () => "/reviews", "h1"],
  ["runs", () => "/runs", "[data-run]"],
  ["mirror control", () => "/control", "[data-share]"],
  ["configuration", () => "/configuration", "[data-option]"],
  ["a page that does not exist", () => "/nothing/here", "h1"],
];

describe.each(PAGES)("%s", (_name, path, ready) => {
  it("fits its width and has no accessibility violations, wide and narrow, light and dark", async () => {
    const { page, complaints } = await openPage(browser);

    await page.goto(run.adminUrl + path());
    await page.locator(".live-live").waitFor();
    // The live tail shows only what happens now.
    await run.send(3);
    await page.locator(ready).first().waitFor();
    const problems: string[] = [];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
      const overflowing = (await page.evaluate(OVERFLOWING)) as string[];
      problems.push(...overflowing.map((element) => `${width}: ${element} overflows`));
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        problems.push(...(await violations(page)).map((text) => `${width} ${colorScheme}: ${text}`));
      }
    }
    expect(problems).toEqual([]);
    expect(await page.evaluate("document.querySelector('header').offsetHeight")).toBeLessThanOrEqual(MAX_HEADER_HEIGHT);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
