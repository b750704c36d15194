import { beforeEach, describe, expect, it } from "vitest";
import type { LatencyView, SlowExchange } from "../../src/model/latency.ts";
import { formatDuration } from "../../src/presentation/words/number-format.ts";
import { FIRST_BATCH, RUN, SECOND_BATCH } from "./dashboard-data.ts";
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
    const inked = async (): Promise<number[]> => page.locator("canvas").evaluateAll(paintedPixels);
    await expect
      .poll(async () => (await inked()).map((count) => count > 500))
      .toEqual(Array.from({ length: 6 }, () => true));
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
    const inked = async (): Promise<number[]> => page.locator("canvas").evaluateAll(paintedPixels);
    await expect.poll(async () => (await inked())[3]).toBeGreaterThan(500);
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
    await expect.poll(() => page.locator("canvas").count()).toBe(6);
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
    await page.getByText("It is not certain yet whether the candidate is fast enough.").waitFor();
    expect(await page.locator(".reasons li").first().innerText()).toMatch(
      /takes 1\.6× as long .+ more responses are needed$/,
    );
    await page.getByRole("button", { name: "All endpoints" }).click();
    await page.waitForURL((url) => !url.search.includes("endpoint"));
    expect(opened.watched.complaints).toEqual([]);
  });

  it("shows the slowest responses in detail, and keeps that in the URL", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator("canvas").nth(5).waitFor();
    const before = await page.locator("canvas").evaluateAll(paintedPixels);
    await page.getByRole("button", { name: "Slowest" }).click();
    await page.waitForURL(/scale=tail/);
    await expect.poll(async () => (await page.locator("canvas").evaluateAll(paintedPixels))[0]).not.toBe(before[0]);
    await page.reload();
    await page.locator('button[aria-pressed="true"]', { hasText: "Slowest" }).waitFor();
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

/** Slow exchanges of an endpoint. */
const SLOW: readonly SlowExchange[] = [40, 41, 90, 400].map((candidateMs, at) => ({
  at: RUN.startedAt + at * 60_000,
  route: "default",
  endpoint: "GET /orders/{id}",
  candidate: "v2",
  method: "GET",
  target: `/orders/${candidateMs}`,
  primaryStatus: 200,
  candidateStatus: 200,
  primaryMs: 20,
  candidateMs,
  secondaryMs: 21,
  sampleId: null,
}));

/** The listed exchanges at one moment. */
async function listed(): Promise<readonly (string | null)[]> {
  return opened.watched.page
    .locator("[data-exchange]")
    .evaluateAll((rows: readonly Row[]) => rows.map((row) => row.getAttribute("data-exchange")));
}

/** The member of `Element` used here; the tests are compiled without the types of a browser. */
interface Row {
  getAttribute(name: string): string | null;
}

describe("a selected range lists its exchanges", () => {
  beforeEach(() => dashboard.commit({ ...SECOND_BATCH, id: "slow", outcomes: [], accounting: [], slow: SLOW }));

  it("lists the slowest ones at first, and links those that are samples", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator('[data-exchange="/orders/400"]').waitFor();
    expect((await listed()).slice(0, 4)).toEqual(["/orders/400", "/orders/90", "/orders/41", "/orders/40"]);
    await page.locator("[data-exchange] a", { hasText: "/orders/1042" }).first().click();
    await page.locator("#sample-title").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("by dragging over the distribution", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator('[data-exchange="/orders/400"]').waitFor();
    const plot = await page.locator(".u-over").first().boundingBox();
    const { x = 0, y = 0, width = 0, height = 0 } = plot ?? {};
    await page.mouse.move(x + width * 0.7, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.99, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/ms=/);
    const [from = 0, to = 0] = (new URL(page.url()).searchParams.get("ms") ?? "").split("-").map(Number);
    expect(from).toBeGreaterThan(10);
    expect(to).toBeGreaterThan(from);
    const expected = SLOW.filter(({ candidateMs }) => candidateMs >= from && candidateMs <= to).map(
      ({ target }) => target,
    );
    await page.getByText("Selected: exchanges of the candidate between").waitFor();
    await expect.poll(listed).toEqual(expected.toReversed());
    expect(expected.length).toBeGreaterThan(0);
    await page.reload();
    await expect.poll(listed).toEqual(expected.toReversed());
    await page.getByRole("button", { name: "Clear" }).click();
    await page.waitForURL((url) => !url.search.includes("ms="));
    expect(opened.watched.complaints).toEqual([]);
  });

  it("by keyboard, from rows of the table behind a chart over time", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.locator("canvas").nth(5).waitFor();
    const toggle = page.getByRole("button", { name: "Table of p95" });
    await toggle.focus();
    await page.keyboard.press("Enter");
    await page.locator(".chart-row").last().waitFor();
    const first = (await latency()).periods[0];
    await page.locator(".chart-row").last().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/latency?time=${first?.startedAt}-${first?.endsAt}`);
    const both: ReadonlySet<string | null> = new Set(["/orders/40", "/orders/400"]);
    await expect.poll(async () => (await listed()).filter((target) => both.has(target))).toEqual(["/orders/40"]);
    await page
      .locator(".chart-row")
      .first()
      .click({ modifiers: ["Shift"] });
    await expect.poll(listed).toContain("/orders/400");
    expect(opened.watched.complaints).toEqual([]);
  });

  it("of another role", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency?ms=19-30`);
    await page.getByText("No exchange of this part is kept.").waitFor();
    await page.getByLabel("Latency of").selectOption("primary");
    await expect.poll(listed).toEqual(["/orders/400", "/orders/90", "/orders/41", "/orders/40"]);
    expect(new URL(page.url()).searchParams.get("role")).toBe("primary");
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
