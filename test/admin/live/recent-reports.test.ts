import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { RecentReports } from "../../../src/admin/live/recent-reports.ts";
import { shortenReport } from "../../../src/report/views/shorten-report.ts";
import { reportOf } from "../../report/memory-reader.ts";

const REPORT = shortenReport(await reportOf({}));

/** Reports whose building takes `tookMs`, and a clock that only `advance` moves. */
function createReports(tookMs = 1) {
  let [now, builds] = [0, 0];
  let timer: { readonly at: number; readonly run: () => void } | undefined;
  let failure: Error | undefined;
  const errors: unknown[] = [];
  const reports = new RecentReports({
    async build() {
      builds += 1;
      now += tookMs;
      if (failure !== undefined) throw failure;
      return [REPORT];
    },
    onError: (error) => errors.push(error),
    clock: { wall: () => 1_000_000 + now, monotonic: () => now },
    timers: {
      setTimeout(run, ms) {
        timer = { at: now + ms, run };
        return { unref: () => undefined };
      },
      clearTimeout: () => (timer = undefined),
    },
  });
  return {
    reports,
    errors,
    builds: () => builds,
    isWaiting: () => timer !== undefined,
    fail: (error: Error | undefined) => (failure = error),
    /** Runs the timers that are due in the meantime, and what they start. */
    advance: async (ms: number): Promise<void> => {
      const until = now + ms;
      while (timer !== undefined && timer.at <= until) {
        const { at, run } = timer;
        timer = undefined;
        now = at;
        run();
        await nextTurn();
      }
      now = Math.max(now, until);
    },
  };
}

describe("RecentReports", async () => {
  it("builds with the first read only, however often it is read, and again every five seconds", async () => {
    const { reports, builds, advance } = createReports();
    await Promise.all(Array.from({ length: 1000 }, () => reports.get()));
    expect(builds()).toBe(1);
    expect(await reports.get()).toEqual({ reports: [REPORT], builtAt: 1_000_001, buildMs: 1 });
    await advance(4_999);
    expect(builds()).toBe(1);
    await advance(1);
    expect(builds()).toBe(2);
    expect((await reports.get())?.builtAt).toBe(1_005_002);
  });

  it("spends at most a twentieth of the time on building", async () => {
    const { reports, builds, advance } = createReports(1_000);
    await reports.get();
    await advance(19_999);
    expect(builds()).toBe(1);
    await advance(1);
    expect(builds()).toBe(2);
  });

  it("stops building two and a half minutes after the last read, and begins again with the next", async () => {
    const { reports, builds, advance, isWaiting } = createReports();
    await reports.get();
    await advance(600_000);
    const before = builds();
    expect(before).toBe(30);
    expect(isWaiting()).toBe(false);
    await advance(600_000);
    expect(builds()).toBe(before);
    expect((await reports.get())?.builtAt).toBeGreaterThan(1_000_000 + 1_200_000);
    expect(builds()).toBe(before + 1);
  });

  it("has no reports while they cannot be built, and continues afterwards", async () => {
    const { reports, builds, errors, fail, advance } = createReports();
    const failure = new Error("the disk is gone");
    fail(failure);
    expect(await reports.get()).toBeNull();
    expect(await reports.get()).toBeNull();
    expect([builds(), errors]).toEqual([1, [failure]]);
    fail(undefined);
    await advance(5_000);
    expect((await reports.get())?.reports).toEqual([REPORT]);
  });

  it("builds nothing after it was closed", async () => {
    const { reports, builds, advance } = createReports();
    await reports.get();
    reports.close();
    await advance(60_000);
    expect(builds()).toBe(1);
  });
});
