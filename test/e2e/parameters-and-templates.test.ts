import { beforeEach, describe, expect, it } from "vitest";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { DifferingField, OutcomeCount } from "../../src/model/difference.ts";
import { batch, received, sample } from "../store/store-fixture.ts";
import { STATUS_OUTCOME } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";
import type { Dashboard } from "./dashboard.ts";

const opened = dashboardPage();
let dashboard: Dashboard;

const SORTED: readonly DifferingField[] = [{ section: "body", path: "$", kind: "order", mark: "raw" }];
const POSTS = "/endpoint?name=GET+%2Fposts";
const HOSTILE = "<img src=x onerror=window.executed=1>";

/** Exchanges by the names of their query parameters. */
function outcome(
  endpoint: string,
  queries: Readonly<Record<string, number>>,
  parts: Partial<OutcomeCount> = {},
): OutcomeCount {
  const count = Object.values(queries).reduce((sum, own) => sum + own, 0);
  return { ...STATUS_OUTCOME, endpoint, count, queries: new Map(Object.entries(queries)), ...parts };
}

function withArrivals(outcomes: readonly OutcomeCount[], parts: Partial<ResultBatch> = {}): ResultBatch {
  const count = outcomes.reduce((sum, each) => sum + each.count, 0);
  return batch("parameters", {
    outcomes,
    accounting: [received(count), received(count, { fate: "mirrored" })],
    ...parts,
  });
}

const SAMPLES = ["/posts?_sort=views", "/posts?_sort=title", "/posts?_page=2"].map((target, at) =>
  sample(`s${at}`, { endpoint: "GET /posts", target, fields: SORTED }),
);

beforeEach(async () => {
  dashboard = await opened.start();
});

/** Ids of the exchanges in the list, sorted. */
async function listed(): Promise<string[]> {
  const rows = opened.watched.page.locator("[data-sample]");
  const ids = await rows.evaluateAll((all: readonly RowElement[]) =>
    all.map((row) => row.getAttribute("data-sample") ?? ""),
  );
  return ids.toSorted();
}

/** The member of `Element` used here; the tests are compiled without the types of a browser. */
interface RowElement {
  getAttribute(name: string): string | null;
}

describe("query parameters of an endpoint", () => {
  it("explain a cause, and select exchanges; names that look like markup stay text", async () => {
    const outcomes = [
      outcome("GET /posts", { "": 400, _page: 60, [HOSTILE]: 3 }),
      outcome("GET /posts", { _sort: 54 }, { fields: SORTED }),
    ];
    dashboard.commit(withArrivals(outcomes, { samples: SAMPLES }));
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url + POSTS);
    await page.getByText("only with ?_sort (54 of 54)").first().waitFor();
    const row = page.locator('[data-parameter="?_sort"]').first();
    expect(await row.innerText()).toMatch(/54 of 54\s+100%\s+0 of 463\s+0%/);
    await row.getByRole("link").click();
    await page.waitForURL(/query=_sort/);
    await expect.poll(listed).toEqual(["s0", "s1"]);

    await page.getByRole("combobox", { name: "Query" }).selectOption("without ?_sort");
    await page.waitForURL(/without=yes/);
    await expect.poll(listed).toEqual(["s2"]);
    await page.reload();
    await expect.poll(listed).toEqual(["s2"]);
    await page.getByRole("combobox", { name: "Query" }).selectOption("any");
    await expect.poll(listed).toEqual(["s0", "s1", "s2"]);
    expect(await page.evaluate("window.executed")).toBeUndefined();
    expect(opened.watched.complaints).toEqual([]);
  });

  it("leave the last exchanges in the list, marked, while those of another filter are loading", async () => {
    const outcomes = [outcome("GET /posts", { _sort: 54 }, { fields: SORTED }), outcome("GET /posts", { _page: 60 })];
    dashboard.commit(withArrivals(outcomes, { samples: SAMPLES }));
    const { page } = opened.watched;
    await page.goto(dashboard.admin.url + POSTS);
    await expect.poll(listed).toEqual(["s0", "s1", "s2"]);
    const list = page.getByRole("region", { name: "Exchanges" });
    expect(await list.getAttribute("aria-busy")).toBe("false");
    const held = Promise.withResolvers<void>();
    await page.route(/samples\?.*query=_sort/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.locator('[data-parameter="?_sort"]').first().getByRole("link").click();
    await list.getByText("Loading…").waitFor();
    expect(await listed()).toEqual(["s0", "s1", "s2"]);
    held.resolve();
    await list.getByText("Loading…").waitFor({ state: "detached" });
    expect(await listed()).toEqual(["s0", "s1"]);
    expect(opened.watched.complaints).toEqual([]);
  });
});

describe("paths that look alike", () => {
  it("count as one with one click, apart again with another one, and are listed with what undoes them", async () => {
    const slugs = Array.from({ length: 14 }, (_, at) =>
      outcome(`GET /e/my-${String.fromCharCode(97 + at)}`, { "": 5 }),
    );
    dashboard.commit(withArrivals(slugs));
    const { page } = opened.watched;
    await page.goto(`${dashboard.admin.url}/endpoints`);
    const proposals = page.locator("[data-template-proposals]");
    await proposals.getByText("GET /e/{name}: 14 paths look alike").waitFor();
    const endpoint = page.getByRole("link", { name: "GET /e/{name}" });
    await proposals.getByRole("button", { name: "Count as one" }).click();
    await endpoint.waitFor();
    await proposals.getByText("counts as one endpoint").waitFor();
    await proposals.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("link", { name: "GET /e/my-a" }).waitFor();

    await proposals.getByRole("button", { name: "Keep apart" }).click();
    await proposals.getByText("is kept apart").waitFor();
    await page.goto(`${dashboard.admin.url}/rules`);
    const apart = page.locator("[data-kept-apart]");
    await apart.getByText("GET /e/… kept apart").waitFor();
    await apart.getByRole("button").click();
    await page.getByText("No template so far.").waitFor();

    await page.goto(`${dashboard.admin.url}/`);
    await proposals.getByRole("button", { name: "Count as one" }).click();
    await proposals.getByText("counts as one endpoint").waitFor();
    await page.goto(`${dashboard.admin.url}/rules`);
    await page.getByRole("button", { name: "Export templates as YAML" }).click();
    expect(await page.locator("[data-templates-yaml]").innerText()).toBe(
      'compare:\n  endpoints:\n    - "GET /e/{name}"\n',
    );
    expect(opened.watched.complaints).toEqual([]);
  });
});
