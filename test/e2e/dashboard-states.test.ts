import { describe, expect, it } from "vitest";
import { FIRST_BATCH, SECOND_BATCH } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { LISTEN_URL } from "./dashboard.ts";

const TOKEN = "correct-horse-battery-staple";

const opened = dashboardPage();

describe("empty and failing states", () => {
  it("say where to send requests while there is no traffic", async () => {
    const dashboard = await opened.start();
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url);
    await page.getByRole("heading", { name: "No traffic yet" }).waitFor();
    await page.getByText(`Send requests to ${LISTEN_URL}`).waitFor();
    await page.locator(".live-live").waitFor();
    dashboard.commit(FIRST_BATCH);
    await page.locator("#verdict-title").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("ask for the admin token, reject a wrong one, and accept the right one", async () => {
    const dashboard = await opened.start({ token: TOKEN });
    dashboard.commit(FIRST_BATCH);
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/latency`);
    await page.getByLabel("Admin token").fill("guess");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "The token is wrong." }).waitFor();
    await page.getByLabel("Admin token").fill(TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Latency", exact: true }).waitFor();
    await page.locator(".live-live").waitFor();
    expect(await page.evaluate("document.cookie")).toBe("");
  });

  it("name requests that a defect lost, and a store file that is gone", async () => {
    const lostFileAt = Date.UTC(2026, 10, 20, 10, 5);
    const dashboard = await opened.start({
      status: { store: { path: "/var/lib/shadowdiff.db", error: null, lostExchanges: 7, lostFileAt }, lostRequests: 3 },
    });
    dashboard.commit(FIRST_BATCH);
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url);
    await page.locator("#verdict-title").waitFor();
    // The status can arrive after the report.
    await page.locator(".banner").nth(2).waitFor();
    const banners = await page.locator(".banner").allInnerTexts();
    expect(banners).toEqual([
      expect.stringMatching(/^3 requests lost\. The request accounting does not add up/),
      expect.stringMatching(
        /^The store file was deleted, moved or replaced at .+ \(\/var\/lib\/shadowdiff\.db\)\. A new/,
      ),
      expect.stringMatching(/^7 captured exchanges lost since startup/),
    ]);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("name a full disk, lost exchanges, restarted threads and shutdown, and still show the report", async () => {
    const dashboard = await opened.start({
      status: {
        store: { path: "/var/lib/shadowdiff.db", error: "database or disk is full", lostExchanges: 1_234 },
        threads: [
          { name: "proxy-0", restarts: 0 },
          { name: "compare-1", restarts: 2 },
        ],
        draining: true,
      },
    });
    dashboard.commit(FIRST_BATCH);
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url);
    await page.locator("#verdict-title").waitFor();
    await page.locator(".banner").nth(3).waitFor();
    const banners = await page.locator(".banner").allInnerTexts();
    expect(banners.map((text) => text.split(". ")[0])).toEqual([
      expect.stringContaining("The store is failing"),
      expect.stringContaining("1,234 captured exchanges lost"),
      expect.stringContaining("Threads restarted: compare-1 2×"),
      expect.stringContaining("Shutting down"),
    ]);
    expect(banners[0]).toContain("database or disk is full (/var/lib/shadowdiff.db)");
    expect(opened.watched.complaints).toEqual([]);
  });

  it("give the error of a store that cannot be read", async () => {
    const dashboard = await opened.start({ storePath: "/nowhere/shadowdiff.db" });
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url);
    await page.getByRole("alert").filter({ hasText: "/nowhere/shadowdiff.db" }).waitFor();
    expect(await page.getByRole("button", { name: "Retry" }).count()).toBe(1);
  });

  it("say that an exchange is not stored", async () => {
    const dashboard = await opened.start();
    dashboard.commit(FIRST_BATCH);
    await opened.watched.page.goto(`${dashboard.admin.url}/sample/gone`);
    const alert = opened.watched.page.getByRole("alert");
    expect(await alert.innerText()).toContain("There is no sample gone.");
  });

  it("show a lost connection, and catch up after reconnecting", async () => {
    const first = await opened.start();
    first.commit(FIRST_BATCH);
    const { page } = opened.watched;
    await page.goto(first.admin.url);
    await page.locator('[data-flow="received"] .flow-count', { hasText: "2,000" }).waitFor();
    await page.locator(".live-live").waitFor();
    await opened.stop();
    await page.locator(".live-stopped").waitFor();
    const second = await opened.start({ port: first.admin.port });
    second.commit(FIRST_BATCH);
    second.commit(SECOND_BATCH);
    await page.locator(".live-live").waitFor();
    await page.locator('[data-flow="received"] .flow-count', { hasText: "2,100" }).waitFor();
    await expect.poll(() => page.locator(".banner").count()).toBe(0);
  });

  it("show the keyboard shortcuts", async () => {
    const dashboard = await opened.start();
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url);
    await page.getByRole("heading", { name: "No traffic yet" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(opened.watched.complaints).toEqual([]);
  });
});
