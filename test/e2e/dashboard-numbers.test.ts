import { beforeEach, describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { renderText } from "../../src/report/render/text/render-text.ts";
import { buildOverview } from "../../src/report/views/build-overview.ts";
import { pageEndpoints } from "../../src/report/views/page-endpoints.ts";
import { FIRST_BATCH } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";

const opened = dashboardPage();
let report: Report;
let url: string;

beforeEach(async () => {
  const dashboard = await opened.start();
  dashboard.commit(FIRST_BATCH);
  ({ url } = dashboard.admin);
  report = (await (await fetch(`${url}/api/v1/report?candidate=v2`)).json()) as Report;
});

/** Opens the overview with another report, and renders the same report for the command line. */
async function showReport(changed: Report): Promise<string> {
  const { page } = opened.watched;
  const overview = buildOverview(changed, { causes: 10, statuses: 10 }, () => undefined);
  const endpoints = pageEndpoints(changed, { sort: "verdict", dir: "desc", offset: 0, limit: 10 });
  await page.route("**/api/v1/overview?*", (route) => route.fulfill({ json: overview }));
  await page.route("**/api/v1/endpoints?*", (route) => route.fulfill({ json: endpoints }));
  await opened.watched.page.goto(url);
  await opened.watched.page.locator("[data-gate]").first().waitFor();
  return renderText(changed, { color: false, diffy: false }).replace(/\s+/g, " ");
}

describe("the dashboard and the command line show the same text", () => {
  it.each([0, 0.00002, 0.0004999, 0.29, 0.9989989, 0.999996, 1])("for a share of %d", async (share) => {
    const proportion = { rate: share, low: share / 2, high: share };
    const cli = await showReport({
      ...report,
      parity: proportion,
      errors: { ...report.errors, candidate: proportion },
    });
    const rows = await opened.watched.page.locator("[data-gate]").evaluateAll(gateTexts);
    expect(rows.map(([name]) => name)).toEqual([
      "parity",
      "latency ratio",
      "error rate",
      "compared",
      "endpoints",
      "failing endpoints",
    ]);
    for (const [name, limit, measured, interval] of rows) {
      expect(cli).toContain(`${name} ${limit} ${measured}${interval === "" ? "" : ` (${interval})`}`);
    }
  });

  it.each([
    [0.01234, 0.5],
    [0.9996, 1],
    [12.34, 1.005],
    [999.6, 12.34],
    [65_432.1, 1_234.5],
  ])("for a latency of %d ms and a ratio of %d", async (latencyMs, ratio) => {
    const [first, ...rest] = report.endpoints;
    const changed = {
      ...first,
      latency: {
        ...first?.latency,
        primary: { p50: latencyMs, p95: latencyMs, p99: latencyMs },
        candidate: { p50: latencyMs, p95: latencyMs, p99: latencyMs },
        ratio: { estimate: ratio, low: ratio, high: ratio },
      },
    } as Report["endpoints"][number];
    const cli = await showReport({ ...report, endpoints: [changed, ...rest] });
    const cells = opened.watched.page.locator("[data-endpoint]").first().locator("td");
    const shownLatency = (await cells.nth(6).locator(".subline").textContent()) ?? "";
    const shownRatio = await cells.nth(7).textContent();
    expect(cli).toContain(`p95 ${shownLatency}`);
    expect(cli).toContain(`p99 ${shownLatency} ${shownRatio} (`);
  });
});

/** The members of `Element` used here; the tests are compiled without the types of a browser. */
interface GateElement {
  getAttribute(name: string): string | null;
  querySelector(selector: string): { readonly textContent: string | null } | null;
}

function gateTexts(rows: readonly GateElement[]): string[][] {
  return rows.map((row) => [
    row.getAttribute("data-gate") ?? "",
    row.querySelector("td:nth-child(3)")?.textContent ?? "",
    row.querySelector(".strong")?.textContent ?? "",
    row.querySelector("td .subline")?.textContent ?? "",
  ]);
}
