import { expect, it, onTestFinished } from "vitest";
import { CachedReports } from "../../../src/admin/live/cached-reports.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { newPath } from "../../store/new-path.ts";
import { batch, NOON, OPTIONS, received, RUN } from "../../store/store-fixture.ts";

const BUILD_MS = 100;

/** Reports of a real store whose building takes 100 ms of a clock that only the test moves. */
function createReports() {
  const path = newPath();
  const writer = openSqliteWriter(path, OPTIONS);
  onTestFinished(() => writer.close());
  writer.beginRun(RUN);
  const reader = openSqliteReader(path);
  onTestFinished(() => reader.close());
  let [now, batches] = [0, 0];
  const wall = (): number => {
    now += BUILD_MS;
    return NOON;
  };
  const reports = new CachedReports({ wall, monotonic: () => now }, () => null);
  return {
    reports,
    commit: () => writer.commit(RUN.id, [batch(`${(batches += 1)}`, { accounting: [received(1)] })]),
    advance: (ms: number) => (now += ms),
    received: (freshness: "get" | "recent") => reports[freshness](reader, RUN, "v2").accounting.received,
    build: () => reports.get(reader, RUN, "v2"),
  };
}

it("builds a report once until something is committed, and then at once", () => {
  const { build, commit, received: count } = createReports();
  const first = build();
  expect(build()).toBe(first);
  commit();
  expect(count("get")).toBe(1);
});

it("builds it again after five seconds, because rules expire without a commit", () => {
  const { build, advance } = createReports();
  const first = build();
  advance(4_999);
  expect(build()).toBe(first);
  advance(1);
  expect(build()).not.toBe(first);
});

it("shows screens the last report for nine times as long as it took to build", () => {
  const { reports, received: count, commit, advance } = createReports();
  expect(count("recent")).toBe(0);
  commit();
  expect(reports.restMs()).toBe(900);
  advance(899);
  expect(count("recent")).toBe(0);
  advance(1);
  expect(reports.restMs()).toBe(0);
  expect(count("recent")).toBe(1);
});

it("shows an edit at once", () => {
  const { reports, received: count, commit } = createReports();
  count("recent");
  commit();
  reports.clear();
  expect([count("recent"), count("get")]).toEqual([1, 1]);
});
