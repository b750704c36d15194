import { beforeEach, describe, expect, it } from "vitest";
import { CANARY, FIRST_BATCH } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const opened = dashboardPage();
let dashboard: Dashboard;

beforeEach(async () => {
  dashboard = await opened.start();
  dashboard.commit(FIRST_BATCH);
});

const ORDERS = "/endpoint?name=GET+%2Forders%2F%7Bid%7D";

describe("reviewing a cause", () => {
  it("accepts it with the key a, so that its exchanges no longer count, and undoes that with u", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    await page.locator("[data-cause]", { hasText: "GET /orders/{id}" }).first().getByRole("link").click();
    const badge = page.locator("#endpoint-title .badge");
    const parity = page.locator(".facts", { hasText: "parity" }).first();
    await page.locator(".cause-actions").waitFor();
    expect(await badge.innerText()).toBe("✗ fail");
    expect(await parity.innerText()).toContain("93.17%");

    await page.locator("#endpoint-title").click();
    await page.keyboard.press("a");
    await page.getByLabel("Reason").fill(CANARY);
    await page.keyboard.press("Enter");
    await parity.getByText("100%").first().waitFor();
    expect(await page.locator("[data-cause] td:nth-child(4)").first().innerText()).toBe("accepted");
    expect(await page.locator(".cause-actions").innerText()).toContain(CANARY);

    await page.locator("#endpoint-title").click();
    await page.keyboard.press("u");
    await parity.getByText("93.17%").waitFor();
    expect(await badge.innerText()).toBe("✗ fail");
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("ignoring a cause with a rule", () => {
  it("fills in the form with the key i, previews what the rule hides, and adds it", async () => {
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url + ORDERS);
    await page.locator("[data-cause]").first().getByRole("link").click();
    await page.locator(".cause-actions").waitFor();
    await page.locator("#endpoint-title").click();
    await page.keyboard.press("i");
    await page.waitForURL(/\/rules\?/);
    expect(await page.getByLabel("Endpoint").inputValue()).toBe("GET /orders/{id}");
    await page.locator("[data-preview]", { hasText: "Affects 41 exchanges on 1 endpoint" }).waitFor();
    await page.getByLabel("Reason").fill(CANARY);
    await page.getByRole("button", { name: "Add rule" }).click();
    await page.locator("[data-rule]").waitFor();
    const cells = page.locator("[data-rule] td");
    expect(await cells.nth(2).innerText()).toBe(CANARY);
    expect(await cells.nth(5).innerText()).toBe("41");
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("rejects a rule that hides entire bodies unless it is forced", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/rules?endpoint=*+%2F**&section=body&path=%24`);
    await page.locator("[data-preview]", { hasText: "The rule hides too much" }).waitFor();
    await page.getByLabel("Reason").fill("bodies are rewritten");
    await page.getByRole("button", { name: "Add rule" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.locator("[data-rule]").count()).toBe(0);
    await page.getByLabel("Add the rule even though it hides too much").check();
    await page.getByRole("button", { name: "Add rule" }).click();
    await page.locator("[data-rule]").waitFor();
  });
});
