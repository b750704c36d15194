import { beforeEach, describe, expect, it } from "vitest";
import type { LatencyView } from "../../src/model/latency.ts";
import { formatDuration } from "../../src/presentation/words/number-format.ts";
import { FIRST_BATCH, SECOND_BATCH } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const QUANTILES = ["p50", "p95", "p99"];

const opened = dashboardPage();
let dashboard: Dashboard;

beforeEach(async () => {
  dashboard = await opened.start();
  dashboard.commit(FIRST_BATCH);
});

async function latency(): Promise<LatencyView> {
  const response = await fetch(`${dashboard.admin.url}/api/v1/latency?candidate=v2`);
  return (await response.json()) as LatencyView;
}

describe("the latency page", () => {
  it("draws six charts, and has the same numbers in a table behind each", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator("canvas").nth(5).waitFor();
    const inked = await page.locator("canvas").evaluateAll(paintedPixels);
    expect(inked.map((count) => count > 500)).toEqual([true, true, true, true, true, true]);
    const view = await latency();
    const row = page.locator('[data-role="candidate"]').first();
    expect(await row.locator("td").nth(1).innerText()).toBe(formatDuration(view.latency.candidate.p95));
    const rows: number[] = [];
    for (const button of await page.locator(".chart-toggle").all()) {
      await button.click();
      rows.push(await page.locator(".chart-table").last().locator("tbody tr").count());
      await button.click();
    }
    const { points } = view.distributions.primary;
    expect(rows[0]).toBeGreaterThanOrEqual(Math.min(points.length, 100));
    expect(rows.slice(1)).toEqual([
      view.shift.length,
      view.ratios.bins.length,
      ...QUANTILES.map(() => view.periods.length),
    ]);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("names the zone of its times, and draws a run of a single moment as a line with axes", async () => {
    const { page } = opened.watched;
    const [first] = FIRST_BATCH.latencies;
    await opened.stop();
    dashboard = await opened.start();
    dashboard.commit({
      ...FIRST_BATCH,
      latencies: FIRST_BATCH.latencies.filter(({ slot }) => slot === first?.slot),
    });
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator("canvas").nth(5).waitFor();
    const zone = await page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone");
    const axes = await page.locator(".chart-x").allInnerTexts();
    expect(axes.filter((text) => text === `Time (${String(zone)})`)).toHaveLength(3);
    const inked = await page.locator("canvas").evaluateAll(paintedPixels);
    expect(inked[3]).toBeGreaterThan(500);
    expect((await latency()).periods).toHaveLength(1);
  });

  it("redraws the canvas at a commit, and does not rebuild it", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator("canvas").nth(5).waitFor();
    await page.locator(".live-live").waitFor();
    await page.locator("canvas").evaluateAll((all) => {
      for (const canvas of all) (canvas as unknown as Marked).isOld = true;
    });
    const before = await page.locator("canvas").evaluateAll(paintedPixels);
    dashboard.commit({ ...SECOND_BATCH, latencies: FIRST_BATCH.latencies.map((each) => ({ ...each, count: 3 })) });
    await page.waitForResponse((response) => response.url().includes("/api/v1/latency"));
    await page.waitForFunction("document.querySelectorAll('canvas').length === 6");
    await expect.poll(() => page.locator("canvas").evaluateAll(paintedPixels)).not.toEqual(before);
    const old = await page.locator("canvas").evaluateAll((all) => all.map((each) => (each as unknown as Marked).isOld));
    expect(old).toEqual([true, true, true, true, true, true]);
  });

  it("finds an endpoint by typing, and keeps it in the URL", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.getByLabel("Endpoint").fill("pages");
    await page.locator("datalist option", { hasText: "GET /pages/{id}" }).waitFor({ state: "attached" });
    await page.getByLabel("Endpoint").press("Enter");
    await page.waitForURL(/endpoint=GET/);
    await page.getByText("It is not certain whether the candidate is as fast as the limits allow.").waitFor();
    expect(await page.locator(".reasons li").first().innerText()).toMatch(
      /takes 1\.6× as long .+ more responses are needed$/,
    );
    await page.getByRole("button", { name: "All endpoints" }).click();
    await page.waitForURL((url) => !url.search.includes("endpoint"));
    expect(opened.watched.complaints).toEqual([]);
  });

  it("does not overflow a narrow page, with all tables open", async () => {
    const { page } = opened.watched;
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator("canvas").nth(5).waitFor();
    for (const button of await page.locator(".chart-toggle").all()) await button.click();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  });
});

interface Marked {
  isOld?: boolean;
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  } | null;
}

function paintedPixels(canvases: readonly unknown[]): number[] {
  return canvases.map((canvas) => {
    const { width, height } = canvas as Canvas;
    const { data } = (canvas as Canvas).getContext("2d")?.getImageData(0, 0, width, height) ?? { data: [] };
    let painted = 0;
    for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] !== 0) painted += 1;
    return painted;
  });
}
