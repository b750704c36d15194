import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setBusy, setIdle, setThread, type ThreadActivity } from "../../src/threads/watch/thread-activity.ts";
import { Watchdog } from "../../src/threads/watch/watchdog.ts";

const LIMIT_MS = 1_000;
const THREAD = 42;

let cpuMs: number | undefined;
let restarted: number[];
let watchdog: Watchdog;
let activity: ThreadActivity;

beforeEach(() => {
  vi.useFakeTimers();
  // At 0 on the clock, a thread would look idle.
  vi.advanceTimersByTime(1);
  cpuMs = 5_000;
  restarted = [];
  watchdog = new Watchdog({
    limitMs: () => LIMIT_MS,
    restart: (index) => void restarted.push(index),
    cpuMs: (threadId) => (threadId === THREAD ? cpuMs : undefined),
  });
  activity = watchdog.watch(0);
  setThread(activity, THREAD);
  watchdog.start();
});
afterEach(() => {
  watchdog.close();
  vi.useRealTimers();
});

describe("the watchdog of compare threads", () => {
  it("restarts a thread whose exchange has taken the limit of CPU time, once", () => {
    setBusy(activity);
    vi.advanceTimersByTime(100);
    cpuMs = 5_999;
    vi.advanceTimersByTime(100);
    expect(restarted).toEqual([]);
    cpuMs = 6_000;
    vi.advanceTimersByTime(500);
    expect([restarted, watchdog.takeTimedOut(0), watchdog.takeTimedOut(0)]).toEqual([[0], true, false]);
  });

  it("does not restart a thread that gets no CPU time, however long it takes", () => {
    setBusy(activity);
    vi.advanceTimersByTime(60_000);
    expect([restarted, watchdog.takeTimedOut(0)]).toEqual([[], false]);
  });

  it("counts the CPU time of each exchange anew", () => {
    for (let exchange = 0; exchange < 5; exchange += 1) {
      setBusy(activity);
      vi.advanceTimersByTime(100);
      cpuMs = (cpuMs ?? 0) + 900;
      vi.advanceTimersByTime(100);
      setIdle(activity);
    }
    expect(restarted).toEqual([]);
  });

  it("counts the time on the clock where the system does not say the CPU time", () => {
    cpuMs = undefined;
    setBusy(activity);
    vi.advanceTimersByTime(999);
    expect(restarted).toEqual([]);
    vi.advanceTimersByTime(101);
    expect(restarted).toEqual([0]);
  });
});
