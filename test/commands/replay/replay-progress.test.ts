import { describe, expect, it } from "vitest";
import { progressBar, progressText } from "../../../src/commands/replay/replay-progress.ts";
import { ReplayWatch, type ProgressSources, type ReplayState } from "../../../src/commands/replay/replay-state.ts";
import { createReadCounts } from "../../../src/replay/drive/scheduled-requests.ts";
import type { ReplayCounts } from "../../../src/model/replay/replay-counts.ts";

const STATE: ReplayState = {
  done: 1_204,
  total: 2_800,
  isTotalExact: false,
  perSecond: 310.4,
  remainingMs: 5_100,
  failed: 0,
  dropped: 0,
  storeError: null,
};

function watch(parts: Partial<ProgressSources> = {}) {
  const counts = { done: 0, primaryFailed: 0 } as ReplayCounts & { done: number };
  const clock = { now: 1_000 };
  const recording = { bytesRead: 0, bytesTotal: 1_000 as number | null };
  const read = createReadCounts();
  const sources: ProgressSources = {
    recording,
    read,
    passes: 1,
    durationMs: undefined,
    counts: () => counts,
    dropped: () => 0,
    storeError: () => null,
    now: () => clock.now,
    ...parts,
  };
  return { watch: new ReplayWatch(sources), counts, clock, recording, read };
}

describe("the progress of a replay", () => {
  it("is a line for a log", () => {
    expect(progressText(STATE)).toBe("replayed 1,204 of about 2,800 requests (43%), 310/s, 6 s left");
    expect(progressText({ ...STATE, total: null, remainingMs: null, failed: 3, dropped: 1 })).toBe(
      "replayed 1,204 requests, 310/s, 3 failed, 1 dropped",
    );
    expect(progressText({ ...STATE, isTotalExact: true, remainingMs: 7_990_000, storeError: "disk\nfull" })).toBe(
      "replayed 1,204 of 2,800 requests (43%), 310/s, 2 h 13 min left, waiting for the store: disk\\x0afull",
    );
  });

  it("fits on a terminal: first the bar becomes shorter, then the end of the line goes", () => {
    expect(progressBar(STATE, 79)).toBe("━━━━━━━━━━━━━───────────────── 43%  1,204 of ~2,800  310/s  6 s left");
    expect(progressBar(STATE, 50)).toBe("━━━━━─────── 43%  1,204 of ~2,800  310/s  6 s left");
    expect(progressBar(STATE, 40)).toBe("43%  1,204 of ~2,800  310/s  6 s left");
    expect(progressBar(STATE, 25)).toBe("43%  1,204 of ~2,800");
    expect(progressBar({ ...STATE, total: null, remainingMs: 185_000 }, 79)).toBe("1,204  310/s  3 min 5 s left");
    for (let width = 10; width < 100; width += 1)
      expect(progressBar({ ...STATE, failed: 12 }, width).length).toBeLessThanOrEqual(Math.max(width, 4));
  });
});

describe("the state of a replay", () => {
  it("estimates the total from the part of the files that is read, and knows it when they are read", () => {
    const { watch: replay, counts, clock, recording, read } = watch({ passes: 3 });
    expect(replay.look()).toMatchObject({ total: null, remainingMs: null, perSecond: 0 });
    Object.assign(recording, { bytesRead: 250 });
    read.requests = 10;
    counts.done = 5;
    clock.now += 1_000;
    expect(replay.look()).toMatchObject({ total: 120, isTotalExact: false, perSecond: 5, remainingMs: 23_000 });
    read.requests = 40;
    read.passes = 1;
    expect(replay.look().total).toBe(120);
    read.requests = 121;
    read.hasEnded = true;
    expect(replay.look()).toMatchObject({ total: 121, isTotalExact: true });
  });

  it("is over with the files or with the duration, whichever comes first", () => {
    const { watch: replay, counts, clock, read } = watch({ durationMs: 10_000 });
    Object.assign(read, { requests: 100, hasEnded: true });
    counts.done = 10;
    clock.now += 1_000;
    expect(replay.look().remainingMs).toBe(9_000);
    counts.done = 90;
    clock.now += 1_000;
    expect(replay.look().remainingMs).toBeCloseTo((10 / 45) * 1_000);
  });

  it("has no total for the standard input, or when the recording is repeated until a time", () => {
    const pipe = watch();
    Object.assign(pipe.recording, { bytesTotal: null, bytesRead: 500 });
    pipe.read.requests = 7;
    expect(pipe.watch.look().total).toBeNull();
    const repeated = watch({ passes: Infinity, durationMs: 60_000 });
    Object.assign(repeated.recording, { bytesRead: 500 });
    repeated.read.requests = 7;
    expect(repeated.watch.look()).toMatchObject({ total: null, remainingMs: 60_000 });
  });
});
