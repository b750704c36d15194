import { describe, expect, it } from "vitest";
import { ReplayDriver, type ReplayDriverOptions } from "../../../src/replay/drive/replay-driver.ts";
import type { ScheduledRequest } from "../../../src/model/replay/replay-counts.ts";

type OnEnd = Parameters<ReplayDriverOptions["send"]>[1];

function request(target: string, parts: Partial<ScheduledRequest> = {}): ScheduledRequest {
  return { method: "GET", target, headers: [], lane: null, body: new Uint8Array(), dueMs: 0, bytes: 100, ...parts };
}

/** A driver on a clock that only the test advances. */
class Rig {
  readonly sent: string[] = [];
  readonly open = new Map<string, OnEnd>();
  hasCapacity = true;
  now = 0;
  /** Of the last timer. */
  timerMs = 0;
  readonly driver: ReplayDriver;
  #timer: { readonly at: number; readonly callback: () => void } | undefined;

  constructor(concurrency: number, onSend?: (onEnd: OnEnd) => void) {
    this.driver = new ReplayDriver({
      concurrency,
      send: ({ target }, onEnd) => {
        this.sent.push(target);
        if (onSend === undefined) this.open.set(target, onEnd);
        else onSend(onEnd);
      },
      hasCapacity: () => this.hasCapacity,
      onProgress: () => {},
      clock: {
        now: () => this.now,
        setTimer: (callback, ms) => {
          this.timerMs = ms;
          this.#timer = { at: this.now + ms, callback };
          return undefined as unknown as NodeJS.Timeout;
        },
      },
    });
  }

  /** Moves the clock, and calls the timer if it is due. */
  advance(ms: number): void {
    this.now += ms;
    const timer = this.#timer;
    if (timer === undefined || timer.at > this.now) return;
    this.#timer = undefined;
    timer.callback();
  }

  /** All versions have responded. */
  async end(target: string, result: Parameters<OnEnd>[0] = { isForwarded: true, failure: null }): Promise<void> {
    this.open.get(target)?.(result);
    this.open.delete(target);
    await Promise.resolve();
  }
}

const REFUSED = { isForwarded: true, failure: { kind: "refused", detail: "connection refused" } } as const;

describe("ReplayDriver", () => {
  it("sends in the order of the recording, with at most so many requests in flight", async () => {
    const rig = new Rig(2);
    rig.driver.add(["/1", "/2", "/3", "/4"].map((target) => request(target)));
    expect(rig.sent).toEqual(["/1", "/2"]);
    await rig.end("/2");
    expect(rig.sent).toEqual(["/1", "/2", "/3"]);
    await rig.end("/1");
    expect(rig.sent).toEqual(["/1", "/2", "/3", "/4"]);
  });

  it("sends a request of a lane only after the one before it has ended, and other lanes meanwhile", async () => {
    const rig = new Rig(10);
    rig.driver.add([
      request("/a1", { lane: "a" }),
      request("/a2", { lane: "a" }),
      request("/b1", { lane: "b" }),
      request("/a3", { lane: "a" }),
      request("/free"),
    ]);
    expect(rig.sent).toEqual(["/a1", "/b1", "/free"]);
    await rig.end("/b1");
    expect(rig.sent).toEqual(["/a1", "/b1", "/free"]);
    await rig.end("/a1");
    expect(rig.sent).toEqual(["/a1", "/b1", "/free", "/a2"]);
    rig.driver.add([request("/b2", { lane: "b" }), request("/a4", { lane: "a" })]);
    await rig.end("/a2");
    await rig.end("/a3");
    expect(rig.sent).toEqual(["/a1", "/b1", "/free", "/a2", "/b2", "/a3", "/a4"]);
  });

  it("sends each request when it is due, and counts those that are sent noticeably later", async () => {
    const rig = new Rig(1);
    rig.driver.add([request("/0"), request("/100", { dueMs: 100 }), request("/200", { dueMs: 200 })]);
    await rig.end("/0");
    rig.advance(99);
    expect(rig.sent).toEqual(["/0"]);
    rig.advance(1);
    expect(rig.sent).toEqual(["/0", "/100"]);
    rig.advance(250);
    await rig.end("/100");
    expect(rig.sent).toEqual(["/0", "/100", "/200"]);
    expect(rig.driver.counts).toMatchObject({ taken: 3, late: 1, latestMs: 150 });
  });

  it("begins the schedule with the first request, however long the reader takes", () => {
    const rig = new Rig(1);
    rig.advance(5_000);
    rig.driver.add([request("/50", { dueMs: 50 })]);
    rig.advance(49);
    expect(rig.sent).toEqual([]);
    rig.advance(1);
    expect(rig.sent).toEqual(["/50"]);
    expect(rig.driver.counts.late).toBe(0);
  });

  it("waits for a request that is due in a month, although no timer runs so long", () => {
    const rig = new Rig(1);
    const [longestTimerMs, monthMs] = [2 ** 31 - 1, 30 * 24 * 3_600_000];
    rig.driver.add([request("/month", { dueMs: monthMs })]);
    expect(rig.timerMs).toBe(longestTimerMs);
    rig.advance(longestTimerMs);
    expect(rig.sent).toEqual([]);
    rig.advance(monthMs - longestTimerMs);
    expect(rig.sent).toEqual(["/month"]);
  });

  it("waits for capacity instead of sending a request whose copies would be dropped", () => {
    const rig = new Rig(5);
    rig.hasCapacity = false;
    rig.driver.add([request("/1"), request("/2")]);
    rig.advance(1_000);
    expect(rig.sent).toEqual([]);
    rig.hasCapacity = true;
    rig.advance(5);
    expect(rig.sent).toEqual(["/1", "/2"]);
  });

  it("is done when the end of the recording is known and every request has ended", async () => {
    const rig = new Rig(5);
    rig.driver.add([request("/1"), request("/2", { bytes: 7 })]);
    await rig.end("/1", null);
    await rig.end("/2", { isForwarded: false, failure: null });
    expect(rig.driver.counts.isDone).toBe(false);
    rig.driver.end();
    expect(rig.driver.counts).toEqual({
      taken: 2,
      takenBytes: 107,
      done: 2,
      sent: 0,
      primaryFailed: 0,
      unsent: new Map([["GET", 1]]),
      refused: 1,
      late: 0,
      latestMs: 0,
      isDone: true,
      outage: null,
    });
  });

  it("sends nothing more once it is stopped, and drains what is in flight", async () => {
    const rig = new Rig(1);
    rig.driver.add([request("/1", { lane: "a" }), request("/2", { lane: "a" }), request("/3")]);
    let hasDrained = false;
    const drained = rig.driver.drain().then(() => (hasDrained = true));
    rig.driver.add([request("/4")]);
    expect([rig.driver.counts.isDone, hasDrained]).toEqual([false, false]);
    await rig.end("/1");
    await drained;
    expect(rig.sent).toEqual(["/1"]);
    expect(rig.driver.counts).toMatchObject({ done: 1, isDone: true });
  });

  it("stops after twenty requests when the primary has never responded", async () => {
    const rig = new Rig(1, (onEnd) => onEnd(REFUSED));
    rig.driver.add(Array.from({ length: 100 }, (_, index) => request(`/${index}`)));
    expect(rig.sent).toHaveLength(20);
    expect(rig.driver.counts).toMatchObject({ primaryFailed: 20, isDone: true, outage: "connection refused" });
  });

  it("waits ten seconds for a primary that has responded before", async () => {
    let result: Parameters<OnEnd>[0] = { isForwarded: true, failure: null };
    const rig = new Rig(1, (onEnd) => onEnd(result));
    rig.driver.add([request("/first")]);
    result = REFUSED;
    rig.driver.add(Array.from({ length: 50 }, (_, index) => request(`/${index}`)));
    await Promise.resolve();
    expect(rig.driver.counts).toMatchObject({ primaryFailed: 50, outage: null, isDone: false });
    rig.now += 10_000;
    rig.driver.add([request("/last"), request("/never")]);
    expect(rig.driver.counts).toMatchObject({ primaryFailed: 51, outage: "connection refused", isDone: true });
  });

  it("counts the requests in a row: a response begins the count again", async () => {
    let count = 0;
    const rig = new Rig(1, (onEnd) => {
      count += 1;
      onEnd(count % 20 === 0 ? { isForwarded: true, failure: null } : REFUSED);
    });
    rig.driver.add(Array.from({ length: 100 }, (_, index) => request(`/${index}`)));
    rig.now += 60_000;
    expect(rig.driver.counts).toMatchObject({ sent: 100, primaryFailed: 95, outage: null });
  });
});
