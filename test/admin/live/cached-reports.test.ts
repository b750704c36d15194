import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { CachedReports } from "../../../src/admin/live/cached-reports.ts";
import type { Report } from "../../../src/model/report.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { newPath } from "../../store/new-path.ts";
import { EARLIER_RUN, memoryReader, outcome, RUN as MEMORY_RUN } from "../../report/memory-reader.ts";
import { batch, NOON, OPTIONS, received, RUN } from "../../store/store-fixture.ts";

const BUILD_MS = 100;

/**
 * Reports of a real store whose building takes 100 ms of a clock that only the test moves. Its snapshots wait for `gate`, after
 * they have read.
 */
async function createReports() {
  const path = newPath();
  const writer = openSqliteWriter(path, OPTIONS);
  onTestFinished(() => writer.close());
  await writer.beginRun(RUN);
  const reader = openSqliteReader(path);
  onTestFinished(() => reader.close());
  let [now, batches, snapshots] = [0, 0, 0];
  let gate: Promise<void> = Promise.resolve();
  const wall = (): number => {
    now += BUILD_MS;
    return NOON;
  };
  const gated: StoreReader = Object.create(reader, {
    snapshot: {
      value: async (read: Parameters<StoreReader["snapshot"]>[0]) => {
        snapshots += 1;
        const result = await reader.snapshot(read);
        await gate;
        return result;
      },
    },
    version: { value: () => reader.version() },
  }) as StoreReader;
  const reports = new CachedReports({ wall, monotonic: () => now }, () => null);
  const build = (freshness: "get" | "recent" = "get"): Promise<Report> => reports[freshness](gated, RUN, "v2");
  return {
    reports,
    build,
    commit: () => writer.commit(RUN.id, [batch(`${(batches += 1)}`, { accounting: [received(1)] })]),
    advance: (ms: number) => (now += ms),
    received: async (freshness: "get" | "recent") => (await build(freshness)).accounting.received,
    snapshots: () => snapshots,
    /** Holds builds back until it is called. */
    hold: (): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

it("builds a report once until something is committed, and then at once", async () => {
  const { build, commit, received: count } = await createReports();
  const first = await build();
  expect(await build()).toBe(first);
  await commit();
  expect(await count("get")).toBe(1);
});

it("builds it again after five seconds, because rules expire without a commit", async () => {
  const { build, advance } = await createReports();
  const first = await build();
  advance(4_999);
  expect(await build()).toBe(first);
  advance(1);
  expect(await build()).not.toBe(first);
});

it("shows screens the last report for nine times as long as it took to build", async () => {
  const { reports, received: count, commit, advance } = await createReports();
  expect(await count("recent")).toBe(0);
  await commit();
  expect(reports.restMs()).toBe(900);
  advance(899);
  expect(await count("recent")).toBe(0);
  advance(1);
  expect(reports.restMs()).toBe(0);
  expect(await count("recent")).toBe(1);
});

it("shows an edit at once", async () => {
  const { reports, received: count, commit } = await createReports();
  await count("recent");
  await commit();
  reports.clear();
  expect([await count("recent"), await count("get")]).toEqual([1, 1]);
});

it("builds a report once for all that ask for it at the same time", async () => {
  const { build, snapshots } = await createReports();
  const [first, ...others] = await Promise.all([build("recent"), build(), build("recent"), build()]);
  for (const other of others) expect(other).toBe(first);
  expect(snapshots()).toBe(1);
});

it("builds it once more for those that ask after a commit which a build in progress has missed", async () => {
  const { build, commit, hold, snapshots } = await createReports();
  const release = hold();
  const early = build();
  while (snapshots() === 0) await nextTurn();
  await nextTurn();
  await commit();
  // A screen may show the earlier report; the others wait for one that contains the commit.
  const screen = build("recent");
  const late = [build(), build(), build()];
  await nextTurn();
  expect(snapshots()).toBe(1);
  release();
  expect((await early).accounting.received).toBe(0);
  expect(await screen).toBe(await early);
  const [report, ...same] = await Promise.all(late);
  expect(report?.accounting.received).toBe(1);
  for (const other of same) expect(other).toBe(report);
  expect(snapshots()).toBe(2);
});

it("does not show a screen, nor keep, what was read before an edit", async () => {
  const { reports, build, commit, hold, snapshots } = await createReports();
  const release = hold();
  const early = build("recent");
  while (snapshots() === 0) await nextTurn();
  await nextTurn();
  await commit();
  reports.clear();
  const late = build("recent");
  release();
  expect((await early).accounting.received).toBe(0);
  expect((await late).accounting.received).toBe(1);
  expect(await build("recent")).toBe(await late);
});

it("cannot let a candidate pass against a baseline while the latest responses are not stored", async () => {
  const rows = { outcomes: [outcome(4000, []), outcome(1000, ["body $.price value raw"])] };
  const reader = memoryReader({ ...rows, earlier: rows });
  const source = { run: MEMORY_RUN, baseline: EARLIER_RUN, candidate: "v2" };
  const clock = { wall: () => NOON, monotonic: () => 0 };
  const [works, fails] = [null, "the disk is full"].map((problem) => new CachedReports(clock, () => problem));
  expect((await works?.against(reader, source))?.verdict).toBe("pass");
  const report = await fails?.against(reader, source);
  expect([report?.verdict, report?.reasons[0]]).toEqual([
    "inconclusive",
    "not stored: the disk is full; the latest responses are missing from this report",
  ]);
});
