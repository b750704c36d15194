import { describe, expect, it } from "vitest";
import { MirrorControl } from "../../src/admin/mirror-control.ts";
import type { ControlView } from "../../src/model/control.ts";
import { configWith, routeTo } from "../admin/admin-fixture.ts";
import { listOfA, MemoryControl, replicaNamed, REPORT } from "../admin/replicas/replica-fixture.ts";
import { FIRST_BATCH, RUN } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard, DashboardOptions } from "./dashboard.ts";

const ERROR = "shadowdiff.yaml:7:50 routes[0].candidates[0].percent: 101 is above 100";

const opened = dashboardPage();
let dashboard: Dashboard;

async function visit(path: string, options: Partial<DashboardOptions> = {}): Promise<void> {
  dashboard = await opened.start(options);
  dashboard.commit(FIRST_BATCH);
  await opened.watched.page.goto(dashboard.admin.url + path);
}

async function control(): Promise<ControlView> {
  return (await (await fetch(`${dashboard.admin.url}/api/v1/control`)).json()) as ControlView;
}

describe("mirror control", () => {
  it("pauses after a confirmation, shows a banner on every screen, and resumes", async () => {
    await visit("/control");
    const { page } = opened.watched;
    await page.getByRole("button", { name: "Pause mirroring" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause all mirroring?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect((await control()).paused).toBe(false);
    await page.getByRole("button", { name: "Pause mirroring" }).click();
    await dialog.getByRole("button", { name: "Pause mirroring" }).click();
    await page.getByText("Mirroring is paused. Candidates receive no requests.").waitFor();
    expect((await control()).paused).toBe(true);
    await page.getByRole("link", { name: "Overview" }).click();
    const banner = page.getByRole("alert").filter({ hasText: "Mirroring is paused." });
    await banner.getByRole("link", { name: "Mirror control" }).click();
    await page.getByRole("button", { name: "Resume mirroring" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume mirroring" }).click();
    await banner.waitFor({ state: "detached" });
    expect((await control()).paused).toBe(false);
    await expect
      .poll(() => page.locator("[data-change]").allInnerTexts())
      .toEqual([
        expect.stringMatching(/mirroring\s+paused\s+on\s+127\.0\.0\.1$/),
        expect.stringMatching(/mirroring\s+on\s+paused\s+127\.0\.0\.1$/),
      ]);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("shows the budget of a candidate whose shares follow verdicts, and the endpoints that are raised first", async () => {
    const endpoints = [
      { endpoint: "GET /orders/{id}", need: "suspect", perSecond: 3, percent: 100 },
      { endpoint: "GET /users/{id}", need: "settled", perSecond: 12_345, percent: 100 / 1024 },
    ] as const;
    const needs = { suspect: 1, undecided: 0, settled: 1 };
    await visit("/control", { sampling: { budget: 200, floor: 0.1, used: 15.04, expected: 15.06, needs, endpoints } });
    const { page } = opened.watched;
    const panel = page.locator('[data-sampling="default → v3"]');
    await panel.getByText("used 15/s of 200/s").waitFor();
    expect(await panel.locator("tbody tr").allInnerTexts()).toEqual([
      expect.stringMatching(/^GET \/orders\/\{id\}\s+regression seen\s+3\/s\s+100%$/),
      expect.stringMatching(/^GET \/users\/\{id\}\s+verdict known\s+12,345\/s\s+0\.0977%$/),
    ]);
    expect(await page.locator("[data-sampling]").count()).toBe(1);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("sets the share of one candidate with the keyboard, and resets it", async () => {
    await visit("/control");
    const { page } = opened.watched;
    const row = page.locator('[data-share="default v3"]');
    const breaker = { state: "half-open", failures: 12, opens: 2 };
    const field = page.getByLabel("Percentage of default for v3");
    await field.fill("100.5");
    expect(await row.getByRole("button", { name: "Set" }).isDisabled()).toBe(true);
    await field.fill("12.3456");
    await field.press("Enter");
    await row.getByText("12.3456%").waitFor();
    expect((await control()).candidates).toEqual([
      { route: "default", candidate: "v2", configured: 100, override: null, effective: 100, breaker },
      { route: "default", candidate: "v3", configured: 100, override: 12.3456, effective: 12.3456, breaker },
    ]);
    await row.getByRole("button", { name: "Reset to 100%" }).click();
    await row.getByText("12.3456%").waitFor({ state: "detached" });
    expect((await control()).candidates[1]?.override).toBe(null);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("shows the state of each candidate's circuit breaker", async () => {
    await visit("/control");
    const row = opened.watched.page.locator('[data-share="default v3"]');
    await row.getByText("half open").waitFor();
    await row.getByText("12 failures, opened 2 times").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("shows changes made by another client without a click", async () => {
    await visit("/control");
    const { page } = opened.watched;
    await page.locator(".live-live").waitFor();
    const body = JSON.stringify({ route: "default", candidate: "v2", percent: 0.0001 });
    const headers = { "content-type": "application/json" };
    await fetch(`${dashboard.admin.url}/api/v1/control/percent`, { method: "PUT", headers, body });
    await page.locator('[data-share="default v2"]').getByText("0.0001%").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("works while the store is unavailable", async () => {
    await visit("/control", { storePath: "/nonexistent/shadowdiff.db" });
    const { page } = opened.watched;
    await page.getByRole("button", { name: "Pause mirroring" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause mirroring" }).click();
    await page.getByText("Mirroring is paused. Candidates receive no requests.").waitFor();
    expect((await control()).paused).toBe(true);
  });
});

describe("mirror control of replicas", () => {
  it("says that only this replica is paused while the store is away, and on how many it is in force later", async () => {
    const store = new MemoryControl();
    const list = listOfA(() => ({ ...REPORT, applied: store.state.change }));
    const control = new MirrorControl({
      config: { ...configWith({}), routes: [routeTo("default", [{ subset: "v2", percent: 100 }])] },
      shared: { replicas: list, write: store.write },
      apply: () => Promise.resolve(),
      breaker: () => ({ state: "closed", failures: 0, opens: 0 }),
      onChange: () => dashboard.admin.notify("status"),
      now: () => RUN.startedAt,
    });
    store.followers.push((state) => {
      list.update({ ...state, replicas: [replicaNamed("b", { applied: state.change })] });
      void control.follow(state);
    });
    await visit("/control", { control, replicas: list });
    const { page } = opened.watched;
    store.error = "connection refused";
    await page.getByRole("button", { name: "Pause mirroring" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause mirroring" }).click();
    await page.getByRole("alert").filter({ hasText: "Only this replica is paused: connection refused." }).waitFor();
    await page.locator("[data-change]").getByText("127.0.0.1 on a").waitFor();
    store.error = null;
    await control.retry();
    dashboard.admin.notify("replicas");
    await page.getByText("In force on 2 replicas.").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("configuration banners", () => {
  it("name the error of a rejected configuration", async () => {
    const config = { source: "shadowdiff.yaml", loadedAt: Date.now(), error: ERROR, needsRestart: [] };
    await visit("/", { status: { config } });
    const banner = opened.watched.page.getByRole("alert").filter({ hasText: "The new configuration was rejected." });
    expect(await banner.locator("pre").innerText()).toBe(ERROR);
  });

  it("name the options that require a restart", async () => {
    const config = {
      source: "shadowdiff.yaml",
      loadedAt: Date.now(),
      error: null,
      needsRestart: ["listen", "threads"],
    };
    await visit("/", { status: { config } });
    await opened.watched.page
      .getByText("Restart required. Changes to listen, threads take effect after a restart.")
      .waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });
});
