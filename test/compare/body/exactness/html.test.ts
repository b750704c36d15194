import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../../../e2e/chromium.ts";
import { openCanonicalPage } from "./canonical-html.ts";
import { comparePairs } from "./exact-pairs.ts";
import { changeHtml, randomHtml } from "./random-html.ts";
import { spellHtml } from "./spell-html.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe("HTML", () => {
  it("matches exactly if Chromium builds the same document and shows the same whitespace", async () => {
    const canonicalHtml = await openCanonicalPage(browser);
    const { pairs, equal, different } = await comparePairs(
      {
        create: randomHtml,
        change: changeHtml,
        write: (document, random) => ({ type: "text/html; charset=utf-8", content: spellHtml(document, random) }),
        canonical: ({ content }) => canonicalHtml(content as string),
      },
      6,
    );
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
