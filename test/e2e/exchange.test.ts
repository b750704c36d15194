import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import { startTraffic, TRACE_ID, type Traffic } from "./exchange-servers.ts";

let browser: Browser;
let store: string;
let traffic: Traffic;
let watched: WatchedPage;

beforeAll(async () => {
  store = await mkdtemp(join(tmpdir(), "shadowdiff-exchange-"));
  browser = await launchChromium();
  traffic = await startTraffic(inject("webRoot"), join(store, "test.db"));
});
afterAll(async () => {
  await browser?.close();
  await traffic?.stop();
  await rm(store, { recursive: true });
});
beforeEach(async () => {
  watched = await openPage(browser, {
    viewport: { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
});
afterEach(async () => {
  assert.deepEqual(watched.complaints, []);
  await watched.page.context().close();
});

/** Sends a request, and opens the page of its exchange. */
async function open(target: string, query = ""): Promise<void> {
  await watched.page.goto((await traffic.exchange(target)) + query);
  await watched.page.locator(".diff-row").first().waitFor();
}

interface RowElement {
  getAttribute(name: string): string | null;
}

function hrefsOf(links: readonly RowElement[]): (string | null)[] {
  return links.map((link) => link.getAttribute("href"));
}

/** The differences that are on the screen, as `mark place`. */
async function shownDifferences(): Promise<string[]> {
  return watched.page
    .locator("[data-difference]")
    .evaluateAll((rows: readonly RowElement[]) =>
      rows.map((row) => `${row.getAttribute("data-mark")} ${row.getAttribute("data-difference")}`),
    );
}

const MEDIUM_CHANGES = ["replace /7/price", "replace /675/name", "replace /1349/note"];
const LARGE_CHANGES = ["replace /7/price", "replace /4400/name", "replace /8799/note"];

describe("a body of 142 KiB with three changes", () => {
  it("shows exactly the three changes with `changes only`, in both layouts", async () => {
    await open("/medium", "?rows=changes");
    await expect.poll(shownDifferences).toEqual(MEDIUM_CHANGES);
    expect(await watched.page.locator(".diff-row").count()).toBe(3);
    await watched.page.getByRole("button", { name: "unified" }).click();
    await watched.page.waitForURL(/layout=unified/);
    await expect.poll(() => watched.page.locator(".diff-row").count()).toBe(6);
    expect(await shownDifferences()).toEqual(MEDIUM_CHANGES);
  });

  it("folds equal lines, and shows them in steps from either end or all at once", async () => {
    const { page } = watched;
    await open("/medium");
    const rows = page.locator(".diff-row");
    await expect.poll(shownDifferences).toEqual(MEDIUM_CHANGES);
    const gaps = await page.locator(".diff-gap").allInnerTexts();
    expect(gaps.map((text) => text.replaceAll(/\s+/g, " "))).toEqual([
      "Show all 71 unchanged lines ↑ 20 more",
      expect.stringMatching(/^↓ 20 more Show all 6,\d{3} unchanged lines ↑ 20 more$/),
      expect.stringMatching(/^↓ 20 more Show all 6,\d{3} unchanged lines ↑ 20 more$/),
    ]);
    const firstNumber = (): Promise<string> => rows.first().locator(".line-number").first().innerText();
    expect(await firstNumber()).toBe("72");
    await page.locator(".diff-gap").first().getByRole("button", { name: "↑ 20 more" }).click();
    await rows.first().getByText("52", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Show all 51 unchanged lines" }).click();
    await rows.first().getByText("1", { exact: true }).first().waitFor();
    expect(await firstNumber()).toBe("1");
  });

  it("moves to each difference with n and p, marks what differs inside its line, and copies its path and value", async () => {
    const { page } = watched;
    await open("/medium");
    const bar = page.locator(".diff-bar output").first();
    expect(await bar.innerText()).toBe("3 differences");
    for (const key of ["n", "n", "n", "p"]) await page.keyboard.press(key);
    await expect.poll(() => bar.innerText()).toBe("difference 2 of 3");
    const current = page.locator('.diff-row[aria-current="true"]');
    await expect.poll(() => current.locator(".changed-text").allInnerTexts()).toEqual([" (changed)"]);
    await page.waitForURL(/at=%2F675%2Fname/);
    await page.getByRole("button", { name: "Copy path" }).click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("$[675].name");
    await page.getByRole("button", { name: "Copy value" }).click();
    await page.getByText("Copied").nth(1).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe('"item 675"');
  });

  it("ignores the field of the selected line in place, with a preview, and says so in the list of differences", async () => {
    const { page } = watched;
    await open("/rules-here");
    await page.keyboard.press("n");
    await page.keyboard.press("i");
    const panel = page.locator('[data-decision="ignore"]');
    await panel.getByText("body $.total").first().waitFor();
    await panel.getByText("1 difference").first().waitFor();
    await panel.getByRole("button", { name: "Ignore" }).click();
    await panel.waitFor({ state: "detached" });
    const row = page.getByRole("row", { name: /body \$\.total/ });
    await row.getByText("ignored by a rule: excluded: body $.total").waitFor();
    await page.keyboard.press("u");
    await row.getByText("ignored by a rule").waitFor({ state: "detached" });
    expect(await row.innerText()).toContain("candidate only");
  });

  it("jumps from the list of differences, and from a URL, to the place in the body", async () => {
    const { page } = watched;
    await open("/medium");
    await page.getByRole("link", { name: "body $[*].note" }).click();
    await page.locator('.diff-row[aria-current="true"][data-difference="/1349/note"]').waitFor();
    await page.reload();
    await page.locator('.diff-row[aria-current="true"][data-difference="/1349/note"]').waitFor();
    await page.getByRole("link", { name: "header x-powered-by" }).click();
    const header = page.locator('[data-header="x-powered-by"][aria-current="true"]');
    await header.waitFor();
    expect(await header.locator(".changed-text").allInnerTexts()).toEqual(["0", "1"]);
  });

  it("finds text in folded lines, and moves between the matches", async () => {
    const { page } = watched;
    await open("/medium");
    await page.keyboard.press("/");
    await page.keyboard.type("item 100");
    const count = page.locator(".find-box output");
    // The names and notes of the items 100 and 1000 to 1009.
    await page.locator(".find-box output", { hasText: "22 lines" }).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.waitForURL(/find=item\+100/);
    await expect.poll(() => count.innerText()).toBe("2 of 22 lines");
    const current = page.locator('.diff-row[aria-current="true"]');
    await current.getByText("a note about").first().waitFor();
    expect(await current.locator(".found").allInnerTexts()).toEqual(["item 100", "item 100"]);
    await page.keyboard.press("Shift+Enter");
    await expect.poll(() => count.innerText()).toBe("1 of 22 lines");
  });
});

describe("a body of a megabyte", () => {
  it("opens with its first change, and only visible rows are in the document", async () => {
    await open("/large");
    await expect.poll(shownDifferences).toEqual(LARGE_CHANGES);
    await open("/large", "?rows=all");
    await watched.page.locator('[data-difference="/7/price"]').waitFor();
    expect(await watched.page.locator(".diff-row").count()).toBeLessThan(120);
    expect(await watched.page.locator("table.diff").getAttribute("aria-rowcount")).toBe("88002");
    for (const key of ["n", "n", "n"]) await watched.page.keyboard.press(key);
    await watched.page.locator('.diff-row[aria-current="true"][data-difference="/8799/note"]').waitFor();
  });

  it.each(["/line", "/text"])(
    "shows the change inside one line of %s, a megabyte of JSON or 200 KB of text",
    async (target) => {
      const { page } = watched;
      await open(target);
      const row = page.locator('.diff-row[data-mark="replace"]').first();
      expect(await row.locator(".changed-text").allInnerTexts()).toEqual(["B", "A"]);
      const text = await row.innerText();
      expect(text).toContain("characters …");
      expect(text.length).toBeLessThan(1_200);
    },
  );
});

describe("values", () => {
  it("cuts a long string around its change, and shows more on demand", async () => {
    const { page } = watched;
    await open("/long");
    const cell = page.locator('.diff-row[data-difference="/text"] .code-left');
    expect(await cell.innerText()).toMatch(
      /… 5,8\d\d characters ….*lorem ipsum dog dolor sit amet.*… 7,4\d\d characters …/s,
    );
    await cell.getByRole("button", { name: "5,8" }).click();
    await page.locator(".code-left", { hasText: "lorem ipsum ".repeat(100).trim() }).waitFor();
    const shown = page.getByRole("row", { name: /body \$\.text/ });
    expect(await shown.locator(".changed-text").allInnerTexts()).toEqual(["dog", "cat"]);
  });

  it("shows a moved element where it was and where it is", async () => {
    await open("/moved");
    await expect.poll(shownDifferences).toEqual(["move /0", "remove /0/price"]);
    const moved = watched.page.locator('.diff-row[data-mark="move"]');
    expect(await moved.first().locator(".glyph").innerText()).toContain("moved");
    await watched.page.keyboard.press("n");
    expect(await watched.page.locator(".line-bar").innerText()).toMatch(/\$\[0\]\s+moved\s+to \$\[4\]/);
  });
});

describe("status, headers and timing", () => {
  it("shows both values of a status first, folds equal headers, and shows cookies by attribute", async () => {
    const { page } = watched;
    await open("/missing");
    expect(await page.locator(".status-line").innerText()).toMatch(/primary\s*200\s*candidate\s*404/);
    const headings = await page.locator(".inspector-main :is(h1, h2)").allInnerTexts();
    expect(headings).toEqual(["GET /missing", "Body", "Headers"]);
    const cookie = page.locator('[data-header="set-cookie theme"]');
    expect(await cookie.locator(".changed-text").allInnerTexts()).toEqual(["Lax", "Strict"]);
    const equal = page.locator("#headers summary");
    expect(await equal.innerText()).toMatch(/^\d equal headers$/);
    await equal.click();
    await page.locator('[data-header="x-same"]').waitFor();
  });

  it("draws the phases of each response on one scale, with the numbers in a table", async () => {
    const { page } = watched;
    await open("/missing");
    expect(await page.locator(".waterfall-row").count()).toBe(2);
    expect(await page.locator(".waterfall-track > .waterfall-wait").count()).toBe(2);
    await page.getByText("Timing table").click();
    expect(await page.locator("#timing-title ~ details tbody tr").count()).toBe(2);
  });
});

describe("taking an exchange elsewhere", () => {
  it("links to the trace of each version", async () => {
    await open("/medium");
    const details = watched.page.locator("section", { hasText: "Details" });
    const hrefs = await details.getByRole("link", { name: TRACE_ID }).evaluateAll(hrefsOf);
    expect(hrefs).toEqual([`https://traces.test/trace/${TRACE_ID}`, `https://traces.test/candidate?id=${TRACE_ID}`]);
  });

  it("copies the request as curl, without the mark of mirrored requests, and the exchange as HAR", async () => {
    const { page } = watched;
    await open("/medium?a=b%20c");
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").waitFor();
    const curl = (await page.evaluate("navigator.clipboard.readText()")) as string;
    expect(curl).toContain(`'${traffic.running.proxyUrl}/medium?a=b%20c'`);
    expect(curl).toContain(String.raw`-H 'x-quote: it'\''s $(id)'`);
    expect(curl.toLowerCase()).not.toContain("shadowdiff");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download HAR" }).click();
    const file = await (await download).path();
    const { readFile } = await import("node:fs/promises");
    const { log } = JSON.parse(await readFile(file, "utf8")) as {
      log: { entries: { comment: string; response: { content: { text: string } } }[] };
    };
    expect(log.entries.map(({ comment }) => comment)).toEqual(["primary (primary)", "candidate (candidate)"]);
    expect(JSON.parse(log.entries[1]?.response.content.text ?? "")).toHaveLength(1_350);
  });

  it("pages through the exchanges of the endpoint with [ and ]", async () => {
    const { page } = watched;
    for (const target of ["/moved?page=1", "/moved?page=2"]) await traffic.exchange(target);
    await open("/moved?page=3");
    const pager = page.locator(".pager");
    await pager.getByText(/^1 of [34]$/).waitFor();
    await page.keyboard.press("]");
    await page.locator("#sample-title", { hasText: "/moved?page=2" }).waitFor();
    await pager.getByText(/^2 of [34]$/).waitFor();
    await page.keyboard.press("[");
    await page.locator("#sample-title", { hasText: "/moved?page=3" }).waitFor();
    const selected = page.locator(".exchange-list [aria-current] .exchange-target");
    await expect.poll(() => selected.allInnerTexts()).toEqual(["/moved?page=3"]);
  });
});

describe("hostile bodies", () => {
  it.each([
    ["/hostile", "window.executed = 1"],
    ["/page", "window.executed = 1"],
  ])("shows %s as text", async (target, text) => {
    const { page } = watched;
    for (const query of ["?rows=all", "?rows=all&layout=unified"]) {
      await open(target, query);
      await page.locator(".code", { hasText: text }).first().waitFor();
      expect(await page.evaluate("window.executed ?? null")).toBeNull();
      expect(await page.evaluate("({}).polluted ?? null")).toBeNull();
      expect(await page.locator("main :is(script, img, svg, iframe)").count()).toBe(0);
    }
    const foreign = watched.requests.filter((url) => !url.startsWith(traffic.running.adminUrl));
    expect(foreign.filter((url) => !url.startsWith("blob:"))).toEqual([]);
  });

  it("shows characters that hide or reorder text by their number", async () => {
    await open("/hostile", "?rows=all");
    const hidden = await watched.page.locator(".code-right .hidden-character").allInnerTexts();
    expect(hidden).toEqual(expect.arrayContaining(["U+202E", "U+202C", "U+007F"]));
  });

  it("shows the change in a document that is 10,000 levels deep", async () => {
    await open("/deep", "?rows=changes");
    const row = watched.page.locator('.diff-row[data-mark="replace"]').first();
    expect(await row.locator(".code-left").innerText()).toBe("1");
    expect(await row.locator(".code-right").innerText()).toBe("2");
  });
});
