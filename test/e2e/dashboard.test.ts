import { beforeEach, describe, expect, it } from "vitest";
import { kindWords } from "../../src/presentation/words/difference-words.ts";
import { formatCount } from "../../src/presentation/words/number-format.ts";
import type { Report } from "../../src/model/report.ts";
import { FIRST_BATCH, ORDER, SECOND_BATCH } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";
import { jsonDiffPointers } from "./json-diff-pointers.ts";

const opened = dashboardPage();
let dashboard: Dashboard;

beforeEach(async () => {
  dashboard = await opened.start();
  dashboard.commit(FIRST_BATCH);
});

async function report(): Promise<Report> {
  const response = await fetch(`${dashboard.admin.url}/api/v1/report?candidate=v2`);
  return (await response.json()) as Report;
}

function visit(path: string): Promise<unknown> {
  return opened.watched.page.goto(dashboard.admin.url + path);
}

describe("the overview", () => {
  it("shows the verdict, its reasons and the numbers of the API, in the order of the report", async () => {
    const { page } = opened.watched;
    const { verdict, reasons, accounting, endpoints } = await report();
    await visit("/");
    const heading = page.locator("#verdict-title");
    await heading.waitFor();
    expect(verdict).toBe("fail");
    const failing = endpoints.filter((each) => each.verdict === "fail").length;
    expect(await heading.innerText()).toContain(
      `v2 does not behave like the primary: ${failing} of 5 endpoints fail (1,812 compared exchanges).`,
    );
    expect(await page.locator(".reasons li").allInnerTexts()).toEqual(reasons);
    const flow = await page.locator("[data-flow]").allTextContents();
    expect(flow).toEqual(
      expect.arrayContaining([
        "20 dropped (inflight 15, queue 5)",
        `received ${formatCount(accounting.received)}`,
        `mirrored ${formatCount(accounting.mirrored)}`,
        `compared ${formatCount(accounting.compared)}`,
        `${formatCount(accounting.matched)}matched`,
      ]),
    );
    await page.getByRole("button", { name: "Table of the requests" }).click();
    expect(await page.locator(".accounting tr", { hasText: "dropped" }).innerText()).toBe(
      "dropped\t20\tinflight 15, queue 5",
    );

    const expected = endpoints
      .filter((each) => each.verdict !== "pass")
      .map(({ endpoint, verdict: ofEndpoint, compared }) => [endpoint, ofEndpoint, compared].join(" "));
    const shown = async (): Promise<string[]> => {
      const rows = await page.locator("[data-endpoint]").evaluateAll(cellTexts);
      return rows.map((cells) => cells.slice(0, 3).join(" "));
    };
    await expect.poll(shown).toEqual(expected);
    await expect.poll(() => page.title()).toBe("fail · v2 · shadowdiff");
    expect(opened.watched.complaints).toEqual([]);
  });

  it("shows a commit without a click or a reload", async () => {
    const { page } = opened.watched;
    await visit("/");
    await page.locator(".live-live").waitFor();
    await page.locator('[data-flow="received"] .flow-count', { hasText: "2,000" }).waitFor();
    await page.evaluate("window.neverReloaded = true");
    dashboard.commit(SECOND_BATCH);
    // How soon is a matter of the pace (paced-refresh.test.ts) and of how busy the machine is.
    await page.locator('[data-flow="received"] .flow-count', { hasText: "2,100" }).waitFor();
    expect(await page.evaluate("window.neverReloaded")).toBe(true);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("filters and sorts with the keyboard, and keeps both in the URL", async () => {
    const { page } = opened.watched;
    await visit("/endpoints");
    await page.locator("[data-endpoint]").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("users");
    await expectEndpoints(["GET /users/{id}", "GET /users/{id}/carts/{id}"]);
    await page.waitForURL((url) => url.search === "?q=users");
    await page.getByRole("button", { name: "Noise" }).click();
    await page.waitForURL(/sort=noise/);
    await page.reload();
    await expectEndpoints(["GET /users/{id}/carts/{id}", "GET /users/{id}"]);
    await page.getByRole("button", { name: "Compared" }).click();
    await expectEndpoints(["GET /users/{id}", "GET /users/{id}/carts/{id}"]);
    await page.getByRole("button", { name: "Compared" }).click();
    await expectEndpoints(["GET /users/{id}/carts/{id}", "GET /users/{id}"]);
    await page.locator("#endpoints-title").click();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/endpoint\?/);
    expect(await page.locator("#endpoint-title").innerText()).toContain("GET /users/{id}/carts/{id}");
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("drilling down to a difference", () => {
  it("goes from endpoint to field to exchange by clicks", async () => {
    const { page } = opened.watched;
    await visit("/");
    await page.locator(".reasons").getByRole("link", { name: "GET /orders/{id}" }).click();
    await page.locator('[data-field="body $.total extra"]').waitFor();
    const rows = await page.locator("[data-node]").allInnerTexts();
    expect(rows.map((text) => text.replaceAll(/\s+/g, " ").replace(/ Ignore$/, ""))).toEqual([
      "▾ body 4 fields ✗ real ≥ 600 100% ≥ 600 100% +6.83%",
      `customer['e/mail'] ${kindWords("value")} ✗ real 41 6.83% 0 0% +6.83%`,
      `old_total ${kindWords("missing")} ✗ real 41 6.83% 0 0% +6.83%`,
      `total ${kindWords("extra")} ✗ real 41 6.83% 0 0% +6.83%`,
      `updatedAt ${kindWords("value")} ≈ noise 600 100% 600 100% 0%`,
      "▾ headers 1 field ✗ real 41 6.83% 0 0% +6.83%",
      `x-cache ${kindWords("header")} ✗ real 41 6.83% 0 0% +6.83%`,
    ]);
    await page.getByRole("button", { name: "total", exact: true }).click();
    await page.getByRole("link", { name: "differ in body $.total" }).waitFor();
    expect(new URL(page.url()).searchParams.get("path")).toBe("$.total");
    await page.locator('[data-sample="order-1"] a').click();
    await page.locator("#sample-title").waitFor();
    expect(new URL(page.url()).pathname).toBe("/sample/order-1");
    await expect.poll(() => page.title()).toBe("GET /orders/1042?expand=items · shadowdiff");
    await expect.poll(() => page.locator(".header-differs").evaluateAll(headerNames)).toEqual(["x-cache"]);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("highlights exactly what json-diff-ts finds, in both layouts", async () => {
    const { page } = opened.watched;
    const expected = jsonDiffPointers(ORDER.primary, ORDER.candidate);
    expect(expected).toHaveLength(9);
    for (const layout of ["", "?layout=unified", "?rows=changes"]) {
      await visit(`/sample/order-1${layout}`);
      const marked = page.locator("[data-difference]");
      await expect.poll(async () => (await marked.evaluateAll(markedDifferences)).sort()).toEqual(expected);
    }
    expect(opened.watched.complaints).toEqual([]);
  });

  it("moves between the differences with n and p", async () => {
    const { page } = opened.watched;
    await visit("/sample/order-1");
    const bar = page.locator(".diff-bar output");
    await page.locator("[data-difference]").first().waitFor();
    expect(await bar.innerText()).toBe("9 differences");
    for (const key of ["n", "n", "n", "p"]) await page.keyboard.press(key);
    await expect.poll(() => bar.innerText()).toBe("difference 2 of 9");
    await page.locator('.diff-row[aria-current="true"][data-difference="/customer/tags/2"]').waitFor();
  });

  it("shows text by lines, binary bodies by their hash, and a refused connection", async () => {
    const { page } = opened.watched;
    await visit("/sample/page-3");
    await expect
      .poll(() => page.locator("[data-difference]").evaluateAll(markedDifferences))
      .toEqual(["replace line 2", "add line 5"]);
    await visit("/sample/image-4");
    await page.getByText("75cfcd76627e6044c612ce6ca65dc6e2f2189f4e97ac966a5f99382f72455473").waitFor();
    await visit("/sample/refused-5");
    await page.getByText("connection refused").waitFor();
    await page.getByText("2 headers of primary v1; candidate v2 has none").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("runs no captured script, and sends no request to another host", async () => {
    const { page } = opened.watched;
    for (const path of ["/sample/order-1", "/sample/order-1?against=secondary", "/sample/page-3"]) {
      await visit(path);
      await page.locator(".code", { hasText: "<script>window.executed" }).first().waitFor();
      expect(await page.evaluate("window.executed ?? null")).toBeNull();
      expect(await page.locator("main script, main img, main svg, main b > *").count()).toBe(0);
    }
    expect(opened.watched.requests.filter((url) => !url.startsWith(`${dashboard.admin.url}/`))).toEqual([]);
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("every screen has a URL", () => {
  it.each([
    ["/", "✗ fail", "fail · v2"],
    ["/endpoints?q=pages&verdict=fail", "Endpoints", "Endpoints"],
    ["/?run=0197-run-a", "No traffic yet", "inconclusive · v2"],
    ["/?candidate=v3", "No traffic yet", "inconclusive · v3"],
    ["/endpoints?candidate=v3", "No traffic yet", "Endpoints"],
    ["/?run=gone", "Run or candidate not found", ""],
    ["/endpoint?name=GET+%2Forders%2F%7Bid%7D&route=default", "GET /orders/{id}", "GET /orders/{id}"],
    ["/sample/image-4", "GET /images/7", "GET /images/7"],
    ["/latency?endpoint=GET+%2Fpages%2F%7Bid%7D", "Latency", "Latency of GET /pages/{id}"],
    ["/nothing/here", "Page not found", ""],
  ])("%s", async (path, heading, title) => {
    const { page } = opened.watched;
    await visit(path);
    await page.locator("main :is(h1, h2)", { hasText: heading }).first().waitFor();
    await expect.poll(() => page.title()).toBe(title === "" ? "shadowdiff" : `${title} · shadowdiff`);
    expect(opened.watched.complaints).toEqual([]);
  });
});

it("an endpoint that was not compared has a page that says so", async () => {
  await visit("/endpoint?name=GET+%2Fnowhere");
  await opened.watched.page.getByRole("heading", { name: "No comparisons on this endpoint" }).waitFor();
  expect(opened.watched.complaints).toEqual([expect.stringContaining("404 (Not Found)")]);
});

async function expectEndpoints(names: readonly string[]): Promise<void> {
  const rows = opened.watched.page.locator("[data-endpoint]");
  const shown = async (): Promise<(string | null)[]> =>
    rows.evaluateAll((all: readonly PageElement[]) => all.map((row) => row.getAttribute("data-endpoint")));
  await expect.poll(shown).toEqual(names);
}

/** The members of `Element` used here; the tests are compiled without the types of a browser. */
interface PageElement {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** The text of each cell, without glyphs and thousands separators. */
function cellTexts(rows: readonly PageElement[]): string[][] {
  return rows.map((row) =>
    [...row.querySelectorAll("th a, td")].map((cell) =>
      (cell.textContent ?? "").replace(/^[✓✗?≈!] /, "").replaceAll(",", ""),
    ),
  );
}

function headerNames(rows: readonly PageElement[]): (string | null)[] {
  return rows.map((row) => row.getAttribute("data-header"));
}

function markedDifferences(rows: readonly PageElement[]): string[] {
  return rows.map((row) => `${row.getAttribute("data-mark")} ${row.getAttribute("data-difference")}`);
}
