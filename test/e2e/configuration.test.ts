import { describe, expect, it } from "vitest";
import { dashboardPage } from "./dashboard-page.ts";

const TOKEN = "correct-horse-battery-staple";
const ERROR = "shadowdiff.yaml:7:50 routes[0].candidates[0].percent: 101 is above 100";

const opened = dashboardPage();

describe("the configuration", () => {
  it("shows every option with value, default and source, filters them, and keeps the filter in the URL", async () => {
    const dashboard = await opened.start();
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/configuration`);
    const row = page.locator('[data-option="admin.listen"]');
    await row.waitFor();
    expect(await row.locator("td").allInnerTexts()).toEqual(["127.0.0.1:0", "127.0.0.1:9900", "flag --admin"]);
    expect(await page.locator('[data-option="threads.proxy"] td').allInnerTexts()).toEqual(["1", "1", "default"]);
    const all = await page.locator("[data-option]").count();
    await page.getByRole("link", { name: /^Not the default/ }).click();
    const names = page.locator("[data-option] th code");
    await expect.poll(() => names.allInnerTexts()).toEqual(["admin.listen", "store"]);
    expect(all).toBeGreaterThan(2);
    await page.keyboard.press("/");
    await page.keyboard.type("listen");
    await page.waitForURL((url) => url.search === "?values=changed&q=listen");
    await expect.poll(() => names.allInnerTexts()).toEqual(["admin.listen"]);
    expect(await page.locator('[data-route="default"] td').allInnerTexts()).toEqual([
      "all",
      "v1",
      expect.stringMatching(/^v2 100% of GET, HEAD, OPTIONS\s+v3 100% of GET, HEAD, OPTIONS\s+v1-twin 100% of these/),
    ]);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("works without the store, and shows why the last reload failed", async () => {
    const config = { source: "shadowdiff.yaml", loadedAt: Date.now(), error: ERROR, needsRestart: ["listen"] };
    const dashboard = await opened.start({ storePath: "/nonexistent/shadowdiff.db", status: { config } });
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/configuration`);
    const alert = page
      .getByRole("alert")
      .filter({ hasText: "The last reload failed; this configuration stays in force." });
    expect(await alert.locator("pre").innerText()).toBe(ERROR);
    await page.getByText("Changed since the start, in force after a restart: listen.").waitFor();
  });

  it("never sends the token to the page", async () => {
    const dashboard = await opened.start({ token: TOKEN });
    const response = await fetch(`${dashboard.admin.url}/api/v1/configuration`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const text = await response.text();
    expect(text).toContain('"value":"••••••"');
    expect(text).not.toContain(TOKEN);
  });
});
