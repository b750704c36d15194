import { expect, it } from "vitest";
import type { Replica, SharedState } from "../../src/model/shared/replica.ts";
import { listOfA, replicaNamed, REPORT, sharedState } from "../admin/replicas/replica-fixture.ts";
import { RUN } from "./dashboard-data.ts";
import { dashboardPage } from "./dashboard-page.ts";

const opened = dashboardPage();

/** A dashboard of replica `a`, which reads this from the store. */
async function start(replicas: readonly Replica[]) {
  const list = listOfA(undefined, () => RUN.id);
  const update = (parts: Partial<SharedState>): void => list.update(sharedState(parts));
  update({ replicas });
  const dashboard = await opened.start({ replicas: list });
  return { dashboard, update };
}

it("lists every replica with state, health, configuration and version, and points out what differs", async () => {
  const config = { hash: "two", sections: { ...REPORT.config.sections, gate: "g2" } };
  const health = { ...REPORT.health, storeError: "connection refused", droppedCopies: 1, down: ["http://v2:80"] };
  const { dashboard } = await start([
    replicaNamed("b", { config, runId: RUN.id, adminUrl: "http://b.test:9900/" }),
    replicaNamed("c", { state: "stalled", heartbeatAgeMs: 4_000, health, runId: "an-earlier-run" }),
  ]);
  const { page } = opened.watched;
  await page.goto(dashboard.admin.url);
  await page.getByRole("link", { name: "Replicas", exact: true }).click();
  const rows = page.locator("[data-replica]");
  await rows.first().waitFor();
  const cells = (await rows.all()).map((row) => row.locator("th, td").allInnerTexts());
  const [a, b, c] = await Promise.all(cells);
  expect(a?.slice(0, 4)).toEqual(["a (this one)", "live", "no problem", "one"]);
  expect(b?.slice(0, 4)).toEqual(["b\nhttp://b.test:9900/", "live", "no problem", "two\ndiffers in gate"]);
  expect(c?.slice(0, 5)).toEqual([
    "c\nhttp://127.0.0.1:9900",
    "stalled\nheartbeat 4 s ago",
    "store: connection refused\nhttp://v2:80 is down\n1 copy dropped",
    "one",
    "an-earlier-run",
  ]);
  expect([a?.[4], a?.[5]]).toEqual([RUN.name, "0.1.0"]);
  await page.getByText("2 live replicas").waitFor();
  expect(opened.watched.complaints).toEqual([]);
});

it("says on every screen when configurations differ or a replica is lost, and shows it without a click", async () => {
  const { dashboard, update } = await start([replicaNamed("b", { runId: RUN.id })]);
  const { page } = opened.watched;
  await page.goto(`${dashboard.admin.url}/endpoints`);
  await page.locator(".live-live").waitFor();
  expect(await page.getByText("Configurations differ:").count()).toBe(0);
  const config = { hash: "two", sections: { ...REPORT.config.sections, routes: "r2" } };
  update({
    replicas: [replicaNamed("b", { config, runId: RUN.id }), replicaNamed("c", { state: "lost", runId: RUN.id })],
  });
  dashboard.admin.notify("replicas");
  await page.getByText("Configurations differ: b in routes.").waitFor();
  await page.getByRole("alert").filter({ hasText: "1 replica lost: c." }).getByRole("link").click();
  await page.locator('[data-replica="c"][data-state="lost"]').waitFor();
  update({ replicas: [replicaNamed("b", { runId: RUN.id })] });
  dashboard.admin.notify("replicas");
  await page.getByText("Configurations differ:").waitFor({ state: "detached" });
  expect(await page.locator("[data-replica]").count()).toBe(2);
  expect(opened.watched.complaints).toEqual([]);
});

it("has the process alone without a tab, if the store is a file", async () => {
  const dashboard = await opened.start();
  const { page } = opened.watched;
  await page.goto(`${dashboard.admin.url}/replicas`);
  await page.locator('[data-replica="host-1"][data-state="live"]').waitFor();
  await page.getByText("The store is a file, so this process is the only one.").waitFor();
  expect(await page.getByRole("link", { name: "Replicas", exact: true }).count()).toBe(0);
  expect(opened.watched.complaints).toEqual([]);
});
