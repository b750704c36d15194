import { describe, expect, it } from "vitest";
import type { TailSubscription } from "../../src/compare/tail/tail-publisher.ts";
import type { TailRow } from "../../src/model/views/tail.ts";
import { CANARY, FIRST_BATCH } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const opened = dashboardPage();

const ROW: TailRow = {
  at: Date.UTC(2026, 10, 20, 10, 5, 7),
  route: "default",
  method: "GET",
  target: "/orders/7",
  endpoint: "GET /orders/{id}",
  candidate: "v2",
  primaryStatus: 200,
  candidateStatus: 200,
  primaryMs: 1.5,
  candidateMs: 2,
  fields: [],
  fieldCount: 0,
  sample: null,
};

/** A dashboard, and the tails that pages have open. */
async function start(): Promise<{ dashboard: Dashboard; tails: () => readonly TailSubscription[] }> {
  let tails: readonly TailSubscription[] = [];
  const dashboard = await opened.start({ onTails: (subscriptions) => (tails = subscriptions) });
  dashboard.commit(FIRST_BATCH);
  return { dashboard, tails: () => tails };
}

describe("the live tail", () => {
  it("shows exchanges as they are compared, the newest first, with both statuses and what differs", async () => {
    const { dashboard, tails } = await start();
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/tail`);
    await expect.poll(() => tails().length).toBe(1);
    const id = tails()[0]?.id ?? 0;
    const differing: TailRow = {
      ...ROW,
      target: `/orders/8?note=${CANARY}`,
      candidateStatus: 404,
      candidateMs: null,
      fields: [
        { section: "body", path: "$.at", kind: "value", mark: "both" },
        { section: "status", path: "200->404", kind: "status", mark: "raw" },
        { section: "header", path: "etag", kind: "missing", mark: "raw" },
      ],
      fieldCount: 9,
      sample: "image-4",
    };
    dashboard.admin.publishTail([{ id, rows: [ROW, differing], more: 1_204 }]);
    const rows = page.locator("[data-tail]");
    await rows.nth(1).waitFor();
    const texts = await rows.allInnerTexts();
    expect(texts[0]).toMatch(/GET \/orders\/8\?note=<img src=x onerror="window\.executed = 'canary'">/);
    expect(texts[0]).toMatch(/200 → 404\s+status 200 → 404\s*header etag \w+\s*\+ 7 more\s+1\.5 ms\s+–$/);
    expect(texts[1]).toMatch(/GET \/orders\/7\s+GET \/orders\/\{id\}\s+200\s+✓ equal\s+1\.5 ms\s+2 ms$/);
    await page.getByText("2 exchanges shown, 1,204 more not shown").waitFor();
    expect(await page.evaluate("window.executed")).toBeUndefined();
    await rows.first().getByRole("link").click();
    await page.waitForURL(/\/sample\/image-4\?candidate=v2$/);
    await expect.poll(() => tails()).toEqual([]);
    expect(opened.watched.complaints).toEqual([]);
  });

  it("keeps the filter in the URL, sends it to the compare threads, and starts again when it changes", async () => {
    const { dashboard, tails } = await start();
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/tail?differing=only&status=5xx`);
    await expect.poll(() => tails().map(({ filter }) => filter)).toEqual([{ differing: true, status: "5xx" }]);
    await page.keyboard.press("/");
    await page.keyboard.type("page");
    await expect.poll(() => tails()[0]?.filter.text).toBe("page");
    // The field keeps the focus while the filter changes.
    await page.keyboard.type("=2");
    await expect.poll(() => tails()[0]?.filter.text).toBe("page=2");
    await page.getByLabel("Status of either response").selectOption("changed");
    await expect
      .poll(() => tails().map(({ filter }) => filter))
      .toEqual([{ differing: true, status: "changed", text: "page=2" }]);
    dashboard.admin.publishTail([{ id: tails()[0]?.id ?? 0, rows: [ROW], more: 0 }]);
    await page.getByRole("button", { name: "GET /orders/{id}" }).click();
    await expect.poll(() => tails()[0]?.filter.endpoint).toBe("GET /orders/{id}");
    await page.locator("[data-tail]").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe(
      "?differing=only&status=changed&text=page%3D2&endpoint=GET+%2Forders%2F%7Bid%7D",
    );
    await page.getByRole("button", { name: "show all endpoints" }).click();
    await expect.poll(() => tails()[0]?.filter.endpoint).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("pauses with a key, counts what arrives, and keeps at most 500 rows, of which the page holds those in view", async () => {
    const { dashboard, tails } = await start();
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/tail`);
    await expect.poll(() => tails().length).toBe(1);
    const send = (target: string, count: number): void => {
      const rows = Array.from({ length: count }, (_, index) => ({ ...ROW, target: `${target}/${index}` }));
      dashboard.admin.publishTail([{ id: tails()[0]?.id ?? 0, rows, more: 0 }]);
    };
    send("/first", 1);
    await page.getByText("GET /first/0").waitFor();
    await page.keyboard.press("p");
    send("/second", 20);
    await page.getByRole("button", { name: "Resume (20 new)" }).waitFor();
    expect(await page.locator("[data-tail]").count()).toBe(1);
    await page.keyboard.press("p");
    await page.getByText("21 exchanges shown").waitFor();
    send("/third", 700);
    await page.getByText("500 exchanges shown, 221 more not shown").waitFor();
    expect(await page.locator("[data-tail]").count()).toBeLessThan(60);
    expect(await page.locator("[data-tail]").first().innerText()).toContain("/third/699");
    expect(opened.watched.complaints).toEqual([]);
  });

  it("says why it is refused when too many tails are open, and starts when one has closed", async () => {
    const { dashboard, tails } = await start();
    const { page } = opened.watched;
    const opening = Array.from({ length: 20 }, () => fetch(`${dashboard.admin.url}/api/v1/tail`));
    const others = await Promise.all(opening);
    await page.goto(`${dashboard.admin.url}/tail`);
    await page.getByRole("alert").getByText("The limit of open tails is reached. Close another tail first.").waitFor();
    for (const { body } of others) await body?.cancel();
    await page.getByText("Waiting for exchanges that match…").waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await expect.poll(() => tails().length).toBe(1);
    expect(opened.watched.complaints).not.toEqual([]);
    expect(opened.watched.complaints.filter((complaint) => !complaint.includes("503"))).toEqual([]);
  });
});
