import { beforeEach, describe, expect, it } from "vitest";
import type { Rule } from "../../src/model/rule.ts";
import type { ResultBatch } from "../../src/model/batch.ts";
import { CANARY, FIRST_BATCH, SECOND_BATCH, STATUS_OUTCOME } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const opened = dashboardPage();
let dashboard: Dashboard;

beforeEach(async () => {
  dashboard = await opened.start();
  dashboard.commit(FIRST_BATCH);
});

/** Presses Enter in the form of a decision, which ignores it until its effect is known. */
async function submitWhenReady(): Promise<void> {
  const { page } = opened.watched;
  await page.locator("form.decision button[type=submit]:enabled").waitFor();
  await page.keyboard.press("Enter");
}

const ORDERS = "/endpoint?name=GET+%2Forders%2F%7Bid%7D";

describe("reviewing a cause", () => {
  it("accepts it with the key a, so that its exchanges no longer count, and undoes that with u", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    await page.locator("[data-cause]", { hasText: "GET /orders/{id}" }).first().getByRole("link").first().click();
    const badge = page.locator("#endpoint-title .badge");
    const parity = page.locator(".facts", { hasText: "parity" }).first();
    await page.locator("#cause-detail").waitFor();
    expect(await badge.innerText()).toBe("✗ fail");
    expect(await parity.innerText()).toContain("93.17%");

    await page.locator("#endpoint-title").click();
    await page.keyboard.press("a");
    // Headers are a cause of their own, and count as before.
    await page
      .getByText(
        "41 exchanges on 1 endpoint count as before, because of other differences; the verdict of the run stays fail.",
      )
      .waitFor();
    await page.getByLabel("Reason").fill(CANARY);
    await submitWhenReady();
    await page.locator(".cause-facts", { hasText: "accepted" }).first().waitFor();
    expect(await page.locator("#cause-detail").innerText()).toContain(CANARY);
    expect(await parity.innerText()).toContain("93.17%");
    await page.locator("[data-cause]", { hasText: "header x-cache" }).getByRole("link").click();
    await page.locator("#cause-title", { hasText: "header x-cache" }).waitFor();
    await page.keyboard.press("a");
    await page.getByText("41 exchanges on 1 endpoint no longer count").waitFor();
    await page.getByLabel("Reason").fill("another cache");
    await submitWhenReady();
    await parity.getByText("100%").first().waitFor();

    await page.locator(".undo-toast", { hasText: "Accepted header x-cache" }).waitFor();
    await page.keyboard.press("u");
    await parity.getByText("93.17%").first().waitFor();
    expect(await badge.innerText()).toBe("✗ fail");
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("statuses", () => {
  const STATUS_BATCH: ResultBatch = {
    ...SECOND_BATCH,
    id: "statuses",
    accounting: [],
    outcomes: [status("200->404", 40), status("500->200", 3)],
    statuses: [pair(200, 404, 40), pair(500, 200, 3)],
  };

  it("come first, tell breaks from fixes, and a fix is accepted with one click", async () => {
    dashboard.commit(STATUS_BATCH);
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    const rows = page.locator("[data-cause]", { hasText: "status" });
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    expect(
      texts.map((text) =>
        text
          .replaceAll(/\s+/g, " ")
          .replace(/ \d\d:.*? (?=Accept)/, " ")
          .trim(),
      ),
    ).toEqual([
      "break: status 200 → 404 GET /db ! likely real 40 of 43 AcceptDenyIgnore",
      "fix: status 500 → 200 GET /db ! likely real 3 of 43 Accept fixDenyIgnore",
    ]);
    expect(await page.locator(".headlines").innerText()).toContain("break: status 200 → 404 in 40 of 43 responses");
    const parity = page.locator("[data-gate=parity] td").nth(2);
    const before = await parity.innerText();

    await page.getByRole("button", { name: "Accept fix: status 500 → 200" }).click();
    await rows.filter({ hasText: "fix" }).waitFor({ state: "detached" });
    expect(await parity.innerText()).not.toBe(before);

    await rows.first().getByRole("link").first().click();
    await page.locator("#cause-title", { hasText: "break: status 200 → 404" }).waitFor();
    expect(await page.locator("[data-cause]").first().innerText()).toContain("break: status 200 → 404");
    expect(await page.locator("[data-node]").first().innerText()).toContain("status");
    expect(await page.locator("[data-cause].selected").innerText()).toContain("break: status 200 → 404");
    expect(opened.watched.complaints).toEqual([]);
  });

  it("headers of several endpoints are one row with one decision", async () => {
    const fields = ["vary", "x-powered-by"].map(header);
    const outcomes = ["GET /a", "GET /b", "GET /c"].map((endpoint) => ({ ...STATUS_OUTCOME, endpoint, fields }));
    dashboard.commit({ ...STATUS_BATCH, id: "headers", outcomes, statuses: [] });
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    const row = page.locator("[data-cause]", { hasText: "header vary, x-powered-by (removed)" });
    await row.waitFor();
    expect(await row.count()).toBe(1);
    expect(await row.innerText()).toContain("3 endpoints GET /a, GET /b, …");
    await row.getByRole("link").first().click();
    await page.locator("#cause-detail p", { hasText: "Also on GET /b, GET /c: a review applies to all" }).waitFor();
    await page.keyboard.press("i");
    await page.getByText("Hides 120 differences in 60 exchanges on 3 endpoints").waitFor();
    await page.getByLabel("Where").selectOption("this endpoint only");
    await page.getByText("Hides 40 differences in 20 exchanges on 1 endpoint;").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".decision").waitFor({ state: "detached" });
    await page.keyboard.press("a");
    await page.getByLabel("Reason").fill("the new framework");
    await submitWhenReady();
    await page.getByText("accepted by").waitFor();
    await page.goto(`${dashboard.admin.url}/`);
    await page.locator("[data-cause]").first().waitFor();
    expect(await row.count()).toBe(0);
    await page.goto(`${dashboard.admin.url}/reviews`);
    await page.locator("[data-review]", { hasText: "all endpoints" }).waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("a status of several endpoints is one row with one decision in place, which a new endpoint reopens", async () => {
    const fields = [{ section: "status", path: "200->410", kind: "status", mark: "raw" }] as const;
    const commit = (id: string, endpoints: readonly string[]): void =>
      dashboard.commit({
        ...STATUS_BATCH,
        id,
        outcomes: endpoints.map((endpoint) => ({ ...STATUS_OUTCOME, endpoint, fields })),
        statuses: [],
      });
    commit("gone", ["GET /a", "GET /b", "GET /c"]);
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    const row = page.locator("[data-cause]", { hasText: "status 200 → 410" });
    await row.waitFor();
    expect(await row.count()).toBe(1);
    await row.getByText("3 endpoints").click();
    await row.getByRole("link", { name: "GET /b", exact: true }).waitFor();
    expect(await row.getByRole("link").allInnerTexts()).toEqual([
      "break: status 200 → 410",
      "GET /a",
      "GET /b",
      "GET /c",
    ]);
    await row.getByRole("button", { name: /^Accept/ }).focus();
    await page.keyboard.press("a");
    await page.getByText("60 exchanges on 3 endpoints no longer count").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("form.decision").waitFor({ state: "detached" });
    await page.keyboard.press("a");
    await page.getByLabel("Reason").fill("removed in 2.4");
    await submitWhenReady();
    await row.waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate("document.activeElement.closest('tr') !== null")).toBe(true);
    await page.keyboard.press("u");
    await row.waitFor();
    expect(await page.locator("form.decision").count()).toBe(0);
    await row.getByRole("button", { name: /^Accept/ }).focus();
    await page.keyboard.press("a");
    await page.getByLabel("Reason").fill("removed in 2.4");
    await submitWhenReady();
    await row.waitFor({ state: "detached" });

    commit("gone too", ["GET /d"]);
    await row.getByText("accepted on 3 other endpoints, new here").waitFor();
    expect(await row.innerText()).toContain("GET /d");
    await row.getByRole("button", { name: /^Accept/ }).click();
    await page.getByLabel("Reason").fill("this one too");
    await submitWhenReady();
    await row.waitFor({ state: "detached" });
    await page.goto(`${dashboard.admin.url}/reviews`);
    await page.locator("[data-review]", { hasText: "this one too" }).waitFor();
    expect(await page.locator("[data-review]").count()).toBe(1);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("the focus goes to the next row, even if the row leaves after its decision has closed", async () => {
    dashboard.commit(STATUS_BATCH);
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    await page.locator(".live-live").waitFor();
    const row = page.locator("[data-cause]", { hasText: "break: status 200 → 404" });
    await row.waitFor();
    // A report from before the decision, as a busy server may still send it.
    const url = opened.watched.requests.findLast((each) => each.includes("/api/v1/overview?")) ?? "";
    const old: unknown = await (await fetch(url)).json();
    let isOld = true;
    await page.route("**/api/v1/overview?*", (route) => (isOld ? route.fulfill({ json: old }) : route.continue()));
    await row.getByRole("button", { name: /^Accept/ }).focus();
    await page.keyboard.press("a");
    await page.getByText("40 exchanges on 1 endpoint").waitFor();
    await page.getByLabel("Reason").fill("removed in 2.4");
    await submitWhenReady();
    await page.locator("form.decision").waitFor({ state: "detached" });
    expect(await row.count()).toBe(1);
    isOld = false;
    dashboard.commit({ ...SECOND_BATCH, id: "later" });
    await row.waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate("document.activeElement.closest('tr') !== null")).toBe(true);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("a cause opens its endpoint with the exchanges that show it", async () => {
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    await page
      .locator("[data-cause]", { hasText: "header x-cache" })
      .getByRole("link", { name: "GET /orders/{id}" })
      .click();
    await page.locator("#cause-title", { hasText: "header x-cache" }).waitFor();
    expect(new URL(page.url()).searchParams.get("cause")).not.toBeNull();
    await page.goto(`${dashboard.admin.url}/`);
    await page.locator(".headlines").getByRole("link").first().click();
    await page.locator("#cause-title").waitFor();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("headers of a framework go with a preset, and the remaining ones together: two decisions", async () => {
    const outcomes = [
      { ...STATUS_OUTCOME, endpoint: "GET /a", fields: ["cache-control", "x-powered-by"].map(header) },
      { ...STATUS_OUTCOME, endpoint: "GET /b", fields: ["cache-control", "expires", "x-powered-by"].map(header) },
      { ...STATUS_OUTCOME, endpoint: "GET /c", fields: ["expires", "x-powered-by", "etag"].map(header) },
      { ...STATUS_OUTCOME, endpoint: "GET /pages", fields: ["link"].map(header) },
    ];
    dashboard.commit({ ...STATUS_BATCH, id: "frameworks", outcomes, statuses: [] });
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/`);
    await page.locator("[data-suggestion=framework-headers]", { hasText: "hides 2 causes" }).waitFor();
    await page.getByRole("button", { name: "Add preset framework-headers" }).click();
    await page.locator("[data-suggestion=framework-headers]").waitFor({ state: "detached" });
    await page.goto(`${dashboard.admin.url}/rules`);
    await page.locator("[data-preset=framework-headers]", { hasText: "active" }).waitFor();
    expect(await page.locator("[data-rule]").innerText()).toContain("@framework-headers");

    await page.goto(`${dashboard.admin.url}/`);
    await page.getByRole("button", { name: /^Accept \d causes of headers that several endpoints share/ }).click();
    await page.getByLabel("Reason").fill("the new framework");
    await page.locator("[data-decision=accept]").getByRole("button", { name: "Accept", exact: true }).click();
    await page.getByLabel("Reason").waitFor({ state: "detached" });
    const headers = page.locator("[data-cause]", { hasText: "header" });
    // The form closes before the report has been loaded again.
    await expect
      .poll(async () => (await headers.allInnerTexts()).map((text) => text.split("\n")[0]))
      .toEqual(["header x-cache (changed)", "header link (removed)"]);
    expect(opened.watched.complaints).toEqual([]);
  });
});

function header(path: string) {
  return { section: "header", path, kind: "missing", mark: "raw" } as const;
}

function status(path: string, count: number) {
  const fields = [{ section: "status", path, kind: "status", mark: "raw" }] as const;
  return { ...STATUS_OUTCOME, fields, count };
}

function pair(primary: number, other: number, count: number) {
  return { ...STATUS_OUTCOME, primary, other, count, role: "candidate" } as const;
}

describe("ignoring", () => {
  it("a cause of several fields makes one rule with their paths in place, with preview and undo", async () => {
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url + ORDERS);
    await page.locator("[data-cause]", { hasText: "$.old_total" }).getByRole("link").click();
    await page.locator("#cause-detail").waitFor();
    await page.keyboard.press("i");
    await page.getByText("Hides 123 differences in 41 exchanges on 1 endpoint; the verdict of the run stays").waitFor();
    await page.getByLabel("Reason").fill(CANARY);
    await submitWhenReady();
    await page.locator(".cause-facts", { hasText: "hidden by a rule" }).waitFor();
    const { rules } = (await (await fetch(`${dashboard.admin.url}/api/v1/rules`)).json()) as { rules: Rule[] };
    expect(rules).toMatchObject([
      { endpoint: "GET /orders/{id}", section: "body", path: ["$.customer['e/mail']", "$.old_total", "$.total"] },
    ]);
    await page.goto(`${dashboard.admin.url}/rules`);
    expect(await page.locator("[data-rule]").innerText()).toContain("$.old_total");
    await page.goBack();
    await page.locator(".undo-toast").waitFor({ state: "attached" });
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("one field of the tree takes a click and Enter, and u brings it back", async () => {
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url + ORDERS);
    const cache = page.locator('[data-field="header x-cache header"]');
    await cache.getByRole("button", { name: "Ignore" }).click();
    await page.getByText("Hides 41 differences in 41 exchanges on 1 endpoint").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("excluded: header x-cache (changed)");
    await submitWhenReady();
    await cache.getByText("ignored").waitFor();
    await page.locator(".undo-toast", { hasText: "Ignored header x-cache (changed)." }).waitFor();
    await page.keyboard.press("u");
    await cache.getByText("real").waitFor();
    await page.locator(".undo-toast", { hasText: "Undone: Ignored header x-cache (changed)." }).waitFor();
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
