import { beforeEach, describe, expect, it } from "vitest";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { DifferingField } from "../../src/model/difference.ts";
import { FIRST_BATCH, SECOND_BATCH, STATUS_OUTCOME } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const ENDPOINTS = 400;
const PAGE_ROWS = 50;
const PRICE: DifferingField = { section: "body", path: "$.price", kind: "value", mark: "raw" };

const opened = dashboardPage();
let dashboard: Dashboard;

/** `GET /shop/a/b/c`: few values per segment, because many are folded into one endpoint. */
function nameOf(index: number): string {
  const digits = index.toString(8).padStart(3, "0");
  return `GET /shop${digits.replace(/\d/g, (digit) => `/${"abcdefgh".charAt(Number(digit))}`)}`;
}

/** Endpoint `index` has `index` more comparisons than the first; every fourth one differs. */
const BATCH: ResultBatch = {
  ...FIRST_BATCH,
  outcomes: Array.from({ length: ENDPOINTS }, (_, index) => ({
    ...STATUS_OUTCOME,
    endpoint: nameOf(index),
    fields: index % 4 === 0 ? [PRICE] : [],
    count: 20 + index,
  })),
  latencies: [],
  samples: [],
};

beforeEach(async () => {
  dashboard = await opened.start();
  dashboard.commit(BATCH);
});

async function visit(path: string): Promise<void> {
  await opened.watched.page.goto(dashboard.admin.url + path);
  await opened.watched.page.locator("[data-endpoint]").first().waitFor();
}

/** `offset` of the requests for endpoints since the last call. */
function requestedOffsets(from: number): string[] {
  return opened.watched.requests
    .slice(from)
    .filter((url) => url.includes("/api/v1/endpoints?"))
    .map((url) => new URL(url).searchParams.get("offset") ?? "");
}

describe("a list of 400 endpoints", () => {
  it("is a table of 401 rows for screen readers, of which only those on the screen are in the page", async () => {
    const { page } = opened.watched;
    await visit("/endpoints?sort=compared&dir=desc");
    const table = page.locator("table[aria-rowcount]");
    expect(await table.getAttribute("aria-rowcount")).toBe(String(ENDPOINTS + 1));
    const rows = page.locator("[data-endpoint]");
    expect(await rows.count()).toBeLessThan(PAGE_ROWS);
    expect(await rows.first().getAttribute("aria-rowindex")).toBe("2");
    expect(await rows.first().getAttribute("data-endpoint")).toBe(nameOf(ENDPOINTS - 1));
    expect(new Set(requestedOffsets(0))).toEqual(new Set(["0"]));
    expect(opened.watched.complaints).toEqual([]);
  });

  it("loads the pages that are scrolled to, and returns to the same place", async () => {
    const { page } = opened.watched;
    await visit("/endpoints?sort=compared&dir=asc");
    await page.locator(".virtual-scroll").hover();
    await page.mouse.wheel(0, 1_000_000);
    const lastRow = page.locator(`[aria-rowindex="${ENDPOINTS + 1}"] a`);
    await lastRow.waitFor();
    expect(await lastRow.innerText()).toBe(nameOf(ENDPOINTS - 1));
    expect(requestedOffsets(0)).not.toContain("200");
    await lastRow.click();
    await page.locator("#endpoint-title").waitFor();
    await page.goBack();
    await lastRow.waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("j and k walk through all rows, and / searches", async () => {
    const { page } = opened.watched;
    await visit("/endpoints?sort=compared&dir=asc");
    for (let pressed = 0; pressed < 70; pressed += 1) {
      // The keys go to rows that are loaded.
      await page.locator(`[aria-rowindex="${pressed + 2}"] a`).waitFor({ state: "attached" });
      await page.keyboard.press("j");
      await page.locator(`[aria-rowindex="${pressed + 2}"] a:focus`).waitFor();
    }
    await page.keyboard.press("k");
    await page.locator('[aria-rowindex="70"] a:focus').waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("shop/a/a/b");
    await page.locator(`[data-endpoint="${nameOf(1)}"][aria-rowindex="2"]`).waitFor();
    expect(await page.locator("[data-endpoint]").count()).toBe(1);
    expect(new URL(page.url()).searchParams.get("q")).toBe("shop/a/a/b");
  });

  it("after a commit, only the rows on the screen are requested again", async () => {
    const { page } = opened.watched;
    await visit("/endpoints?sort=compared&dir=asc");
    await page.locator(".live-live").waitFor();
    await page.locator(".virtual-scroll").hover();
    await page.mouse.wheel(0, 1_000_000);
    await page.locator(`[aria-rowindex="${ENDPOINTS + 1}"] a`).waitFor();
    const before = opened.watched.requests.length;
    dashboard.commit({ ...SECOND_BATCH, outcomes: [{ ...STATUS_OUTCOME, endpoint: nameOf(ENDPOINTS - 1), count: 5 }] });
    await page.locator(`[aria-rowindex="${ENDPOINTS + 1}"]`, { hasText: "424" }).waitFor();
    expect(new Set(requestedOffsets(before))).toEqual(new Set(["350"]));
    expect(opened.watched.requests.slice(before).filter((url) => url.includes("/api/v1/report"))).toEqual([]);
  });
});
