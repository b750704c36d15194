import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Report } from "../../src/model/report.ts";
import { CANARY, EARLIER_BATCH, EARLIER_RUN, FIRST_BATCH, RUN } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const execute = promisify(execFile);
const CLI = resolve(import.meta.dirname, "../../src/shadowdiff.js");
const PROXY = `
subsets: { v1: { url: "http://127.0.0.1:9001" }, v2: { url: "http://127.0.0.1:9002" } }
routes: [{ name: default, primary: [{ subset: v1, weight: 100 }], candidates: [{ subset: v2, percent: 100 }] }]
`;

const opened = dashboardPage();
let dashboard: Dashboard;

beforeEach(async () => {
  dashboard = await opened.start();
  dashboard.commit(FIRST_BATCH);
});

async function send(method: string, path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const url = `${dashboard.admin.url}/api/v1/${path}`;
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

describe("the runs screen", () => {
  it("starts a run with labels, and ends it after a confirmation", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/runs`);
    const rows = page.locator("[data-run]");
    await rows.first().waitFor();
    expect(await rows.locator("th a").allInnerTexts()).toEqual([RUN.name, EARLIER_RUN.name]);
    expect(await rows.first().locator("li").allInnerTexts()).toEqual(["commit 3f2a", `note ${CANARY}`]);

    await page.getByLabel("Name (optional)").fill("release 2.5");
    await page.getByLabel("Labels (one key=value per line)").fill("commit");
    expect(await page.getByRole("button", { name: "Start run" }).isDisabled()).toBe(true);
    await page.getByLabel("Labels (one key=value per line)").fill(`commit=9ab1\n\nnote = ${CANARY}`);
    await page.getByRole("button", { name: "Start run" }).click();
    await rows.nth(2).waitFor();
    expect(await rows.locator("th a").allInnerTexts()).toEqual(["release 2.5", RUN.name, EARLIER_RUN.name]);
    expect(await rows.first().locator("li").allInnerTexts()).toEqual(["commit 9ab1", `note ${CANARY}`]);
    expect(await rows.locator("td:nth-child(7)").first().innerText()).toBe("running");

    await page.getByRole("button", { name: "End run" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await rows.count()).toBe(3);
    await page.getByRole("button", { name: "End run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End run" }).click();
    await rows.nth(3).waitFor();
    expect(await rows.getByRole("button").count()).toBe(1);
    expect(await rows.nth(1).locator("td:nth-child(7)").innerText()).toMatch(/^\d+ s$/);
    await expect
      .poll(() => rows.locator("td:nth-child(2)").allInnerTexts())
      .toEqual([
        expect.stringMatching(/^v2 \? inconclusive\s+v3 \? inconclusive$/),
        expect.stringMatching(/^v2 \? inconclusive\s+v3 \? inconclusive$/),
        expect.stringMatching(/^v2 ✗ fail\s+v3 \? inconclusive$/),
        "? inconclusive",
      ]);
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("compares a run with the one before, and keeps another selection in the URL", async () => {
    const { page } = opened.watched;
    dashboard.commit(EARLIER_BATCH, EARLIER_RUN.id);
    await page.goto(`${dashboard.admin.url}/runs`);
    await page.locator('[data-group="unseen"]').waitFor();
    const endpointsOf = (group: string): Promise<string[]> =>
      page.locator(`[data-group="${group}"] [data-cause] td:nth-child(2) :is(code, a)`).allTextContents();
    expect(new Set(await endpointsOf("still"))).toEqual(new Set(["GET /orders/{id}"]));
    expect(new Set(await endpointsOf("new"))).toEqual(new Set(["GET /images/{id}", "GET /pages/{id}"]));
    const fixed = page.locator('[data-group="fixed"] [data-cause]');
    expect(await fixed.allInnerTexts()).toHaveLength(1);
    expect(await fixed.locator("td").allInnerTexts()).toEqual(["GET /users/{id}", "✗ real", "33.33%", "0%"]);
    expect(await page.locator('[data-group="unseen"] li').allInnerTexts()).toEqual(["GET /carts"]);

    await page.getByLabel("Before").selectOption(RUN.id);
    await page.getByLabel("After").selectOption(EARLIER_RUN.id);
    await page.waitForURL(`**/runs?before=${RUN.id}&after=${EARLIER_RUN.id}`);
    await page.reload();
    await page.locator('[data-group="new"] [data-cause]', { hasText: "GET /users/{id}" }).waitFor();
    expect(new Set(await endpointsOf("new"))).toEqual(new Set(["GET /users/{id}", "GET /carts"]));
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("the reviews screen", () => {
  it("lists decisions with their authors, and undoes one with all of its causes", async () => {
    const { page } = opened.watched;
    const response = await fetch(`${dashboard.admin.url}/api/v1/report?candidate=v2`);
    const { endpoints } = (await response.json()) as Report;
    const causes = endpoints.find(({ endpoint }) => endpoint === "GET /orders/{id}")?.causes.slice(0, 2) ?? [];
    const signatures = causes.map(({ signature }) => signature);
    await send("POST", "reviews?candidate=v2", { signatures, decision: "denied", reason: CANARY });

    await page.goto(`${dashboard.admin.url}/reviews`);
    const row = page.locator("[data-review]");
    await row.waitFor();
    const titles = causes.map(({ title }) => `${title} GET /orders/{id}`);
    expect((await row.locator("th li").allInnerTexts()).toSorted()).toEqual(titles.toSorted());
    expect((await row.locator("td").allInnerTexts()).slice(0, 2)).toEqual(["✗ denied", CANARY]);
    expect(await row.locator("td").nth(2).innerText()).toContain("127.0.0.1");
    await page.locator("[data-audit]").waitFor();
    await row.getByRole("button", { name: "Undo" }).click();
    await page.getByText("No causes have been reviewed.").waitFor();
    await page.locator("[data-audit]").nth(1).waitFor();
    const lines = await page.locator("[data-audit] td:nth-child(3)").allInnerTexts();
    const [removed = "", denied = ""] = lines;
    expect(denied).toContain("denied 2 causes: ");
    expect(denied).toContain(CANARY);
    expect(removed).toContain("undid: denied 2 causes: ");
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });
});

const ADDED_RULES: readonly object[] = [
  { path: "$.tags", action: { type: "unordered" } },
  { path: "$.items", action: { type: "keyed", by: ["id", "sku.code"] } },
  { path: "$.price", action: { type: "tolerance", absolute: 0.01, relative: 1e-7 }, expiresAt: "2087-01-31" },
  { path: "$.at", action: { type: "time", toleranceMs: 1500, shiftMs: -3_600_000 }, expiresAt: "2087-01-31T12:00:00Z" },
  { path: "$.same", action: { type: "time", toleranceMs: 0, shiftMs: 0 } },
  { path: "$.token", action: { type: "mask", regex: "[a-f0-9]{8}: #\\d+" } },
  { path: "$.name", action: { type: "ignore" }, kind: "missing", owner: "catalogue" },
  { path: "x-*", section: "header", action: { type: "ignore" } },
  { path: "$", action: { type: "type-only" }, force: true },
];

function byPath(left: Record<string, unknown>, right: Record<string, unknown>): number {
  return String(left["path"]).localeCompare(String(right["path"]));
}

describe("the export of rules", () => {
  it("downloads a configuration that `check` accepts, with every rule and its parameters", async () => {
    const { page } = opened.watched;
    for (const rule of ADDED_RULES) {
      const body = { endpoint: "GET /orders/{id}", section: "body", reason: `why: "${CANARY}"`, ...rule };
      // oxlint-disable-next-line no-await-in-loop
      await send("POST", "rules", body);
    }
    await page.goto(`${dashboard.admin.url}/rules`);
    await page.getByRole("button", { name: "Export as YAML" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("shadowdiff-rules.yaml");
    const text = await readFile(await download.path(), "utf8");
    expect(await page.locator("[data-rules-yaml]").textContent()).toBe(text);

    const directory = await mkdtemp(join(tmpdir(), "shadowdiff-export-"));
    try {
      const file = join(directory, "shadowdiff.yaml");
      await writeFile(file, PROXY + text);
      await execute(process.execPath, [CLI, "check", file]);
    } finally {
      await rm(directory, { recursive: true });
    }
    const { compare } = parse(text) as { compare: { rules: Record<string, unknown>[] } };
    const common = { endpoint: "GET /orders/{id}", section: "body", reason: `why: "${CANARY}"`, owner: "127.0.0.1" };
    const expected = [
      { path: "$.tags", action: "unordered" },
      { path: "$.items", action: "keyed", by: ["id", "sku.code"] },
      { path: "$.price", action: "tolerance", absolute: 0.01, relative: 1e-7, expires: "2087-01-31" },
      { path: "$.at", action: "time", tolerance: "1500ms", shift: "-3600000ms", expires: "2087-01-31T12:00:00.000Z" },
      { path: "$.same", action: "time", tolerance: "1ms" },
      { path: "$.token", action: "mask", regex: "[a-f0-9]{8}: #\\d+" },
      { path: "$.name", action: "ignore", kind: "missing", owner: "catalogue" },
      { path: "x-*", section: "header", action: "ignore" },
      { path: "$", action: "type-only", force: true },
    ].map((rule) => ({ ...common, ...rule }));
    expect(compare.rules.toSorted(byPath)).toEqual(expected.toSorted(byPath));
    expect(opened.watched.complaints).toEqual([]);
  });
});
