import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ByteBudget } from "../../src/capture/byte-budget.ts";
import { CaptureCollector } from "../../src/capture/capture-collector.ts";
import type { FinishedExchange } from "../../src/capture/finished-exchange.ts";
import { LegRecorder } from "../../src/capture/leg-recorder.ts";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { readIdenticalExchanges } from "../../src/transfer/identical-exchanges.ts";
import { unpackExchanges } from "../../src/transfer/packed-exchanges.ts";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type { CaptureBatch, IdenticalExchanges, PackedExchanges } from "../../src/model/batch.ts";
import { sum } from "../proxy/proxy-harness.ts";

const AT = 120_000;
const MAX = 1_000_000;
let collector: CaptureCollector;
beforeEach(() => {
  vi.useFakeTimers();
  collector = new CaptureCollector({
    identity: "p1",
    redactor: new HeaderRedactor(Buffer.from("k")),
    maxBufferedBytes: MAX,
  });
});
afterEach(() => {
  collector.close();
  vi.useRealTimers();
});

/** A compare thread that collects its batches. */
function thread(index: number): CaptureBatch[] {
  const batches: CaptureBatch[] = [];
  collector.addThread(index, (batch) => batches.push(batch));
  return batches;
}

function leg(subset: string, body: string): LegRecorder {
  const recorder = new LegRecorder(subset, 100_000, collector.budget);
  recorder.start(null);
  recorder.head(200, ["A", "1"]);
  if (body !== "") recorder.data(Buffer.from(body));
  recorder.end([]);
  return recorder;
}

let sequence = 0;
function finished(bodies: [string, string] = ["same", "same"]): FinishedExchange {
  sequence += 1;
  return {
    id: `x${sequence}`,
    at: AT,
    route: "r",
    request: { method: "GET", target: "/", headers: [] },
    primary: leg("v1", bodies[0]),
    secondary: null,
    candidates: [leg("v2", bodies[1])],
  };
}

function add(bodies?: [string, string]): void {
  collector.count(AT, "v2", "received");
  collector.add(finished(bodies));
}

const totals = (batches: readonly CaptureBatch[]): Record<string, number> =>
  sum(batches.flatMap(({ accounting }): readonly AccountingCount[] => accounting));

describe("a batch", () => {
  it("is sent 100 ms after its first entry, with counts and exchanges together", () => {
    const batches = thread(0);
    add();
    vi.advanceTimersByTime(99);
    add();
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({
      id: "p1/1",
      accounting: [
        { minute: 2, candidate: "v2", fate: "received", reason: "", count: 2 },
        { minute: 2, candidate: "v2", fate: "mirrored", reason: "", count: 2 },
      ],
      slab: null,
    });
    expect(batches[0]?.exchanges).toBeNull();
    expect([...readIdenticalExchanges(batches[0]?.identical as IdenticalExchanges)]).toMatchObject([
      { at: AT, route: "r", method: "GET", target: "/", status: 200, candidate: "v2", secondaryMs: null },
      { at: AT, route: "r", method: "GET", target: "/", status: 200, candidate: "v2", secondaryMs: null },
    ]);
    expect(collector.budget.used).toBe(0);
  });

  it("contains all bodies in one slab", () => {
    const batches = thread(0);
    add(["first", "second"]);
    add(["", "third"]);
    vi.advanceTimersByTime(100);
    const [batch] = batches;
    const exchanges = [...unpackExchanges(batch?.exchanges as PackedExchanges, batch?.slab as ArrayBuffer)];
    const bodies = exchanges.flatMap(({ primary, candidates }) => [primary, candidates[0]?.capture]);
    expect(bodies.map((capture) => Buffer.from(capture?.body.bytes ?? []).toString())).toEqual([
      "first",
      "second",
      "",
      "third",
    ]);
    const buffers = bodies.filter((capture) => capture?.body.length !== 0).map((capture) => capture?.body.bytes.buffer);
    expect(new Set(buffers)).toEqual(new Set([batch?.slab]));
  });

  it("is sent at once when it is large", () => {
    collector.close();
    collector = new CaptureCollector({
      identity: "p1",
      redactor: new HeaderRedactor(Buffer.from("k")),
      maxBufferedBytes: 1e8,
    });
    const batches = thread(0);
    for (let count = 0; count < 11; count += 1) add(["x".repeat(100_000), ""]);
    expect(batches.map(({ exchanges }) => exchanges?.count)).toEqual([10]);
    expect(batches[0]?.slab?.byteLength).toBe(1024 * 1024);
  });

  it("reuses a returned slab", () => {
    const batches = thread(0);
    add(["a", "b"]);
    vi.advanceTimersByTime(100);
    const slab = batches[0]?.slab as ArrayBuffer;
    collector.returnSlab(0, slab);
    add(["c", "d"]);
    vi.advanceTimersByTime(100);
    expect(batches[1]?.slab).toBe(slab);
  });

  it("is sent to the compare thread with the fewest batches in flight", () => {
    const [first, second] = [thread(0), thread(1)];
    for (let count = 0; count < 4; count += 1) {
      add();
      vi.advanceTimersByTime(100);
    }
    expect([first.length, second.length]).toEqual([2, 2]);
    collector.acknowledge(second.map(({ id }) => id));
    add();
    vi.advanceTimersByTime(100);
    expect([first.length, second.length]).toEqual([2, 3]);
  });
});

describe("limits", () => {
  it("256 batches in flight: no capacity, and counts wait for the next acknowledgment", () => {
    const batches = thread(0);
    for (let count = 0; count < 256; count += 1) {
      add();
      vi.advanceTimersByTime(100);
    }
    expect([batches.length, collector.hasCapacity, collector.batchesInFlight]).toEqual([256, false, 256]);
    collector.count(AT, "v2", "received");
    collector.count(AT, "v2", "dropped", "queue");
    vi.advanceTimersByTime(10_000);
    expect(batches).toHaveLength(256);
    collector.acknowledge(["p1/1"]);
    vi.advanceTimersByTime(100);
    expect(batches).toHaveLength(257);
    expect(totals(batches)).toEqual({ received: 257, mirrored: 256, "dropped:queue": 1 });
  });

  it("bytes in flight: no capacity until slabs are returned and batches acknowledged", () => {
    const batches = thread(0);
    for (let count = 0; count < 15; count += 1) {
      add(["a", "b"]);
      vi.advanceTimersByTime(100);
    }
    expect([collector.hasCapacity, collector.heldBytes]).toEqual([false, 15 * (65_536 + 2_048)]);
    for (const { slab } of batches) collector.returnSlab(0, slab as ArrayBuffer);
    expect([collector.hasCapacity, collector.heldBytes]).toEqual([true, 15 * 2_048]);
    collector.acknowledge(batches.map(({ id }) => id));
    expect(collector.heldBytes).toBe(0);
  });

  it("an exchange with a difference is packed at once: its bodies are charged to the budget until their batch is sent, and then as the slab", () => {
    const one = finished(["first", "second"]);
    expect(collector.budget.used).toBe(11);
    collector.add(one);
    expect([one.primary.body.prefix().length, collector.budget.used, collector.heldBytes]).toEqual([0, 11, 11]);
    thread(0);
    vi.advanceTimersByTime(100);
    expect([collector.budget.used, collector.heldBytes]).toEqual([0, 65_536 + 2_048]);
  });

  it("a byte budget is never exceeded", () => {
    const budget = new ByteBudget(10);
    expect([budget.tryTake(6), budget.tryTake(5), budget.tryTake(4), budget.isExhausted]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    budget.give(10);
    expect([budget.used, budget.isExhausted]).toEqual([0, false]);
  });
});

describe("a compare thread that dies", () => {
  it("has its batches sent to another thread under the same id, with their exchanges counted as skipped", () => {
    const dead = thread(0);
    add(["a", "b"]);
    add();
    vi.advanceTimersByTime(100);
    const living = thread(1);
    collector.removeThread(0, "timeout");
    expect(living).toEqual([
      {
        id: dead[0]?.id,
        accounting: [
          ...(dead[0]?.accounting ?? []),
          { minute: 2, candidate: "v2", fate: "skipped", reason: "timeout", route: "r", count: 2 },
        ],
        exchanges: null,
        identical: null,
        slab: null,
      },
    ]);
    expect(collector.heldBytes).toBe(0);
    collector.acknowledge(["p1/1"]);
    expect(collector.batchesInFlight).toBe(0);
  });

  it("has its batches wait for the next thread when no other is running, except those that are acknowledged", () => {
    const dead = thread(0);
    add();
    vi.advanceTimersByTime(100);
    add();
    vi.advanceTimersByTime(100);
    collector.acknowledge(["p1/1"]);
    collector.removeThread(0, "thread-died");
    add(["c", "d"]);
    vi.advanceTimersByTime(100);
    const next = thread(0);
    expect(dead.map(({ id }) => id)).toEqual(["p1/1", "p1/2"]);
    expect(next.map(({ id, exchanges }) => [id, exchanges?.count])).toEqual([
      ["p1/2", undefined],
      ["p1/3", 1],
    ]);
    expect(totals(next)).toEqual({ received: 2, mirrored: 2, "skipped:thread-died": 1 });
  });

  it("has a batch that is lost twice counted once", () => {
    thread(0);
    add();
    vi.advanceTimersByTime(100);
    collector.removeThread(0, "thread-died");
    thread(0);
    collector.removeThread(0, "timeout");
    const last = thread(0);
    expect(totals(last)).toEqual({ received: 1, mirrored: 1, "skipped:thread-died": 1 });
  });
});

describe("draining", () => {
  it("waits for every acknowledgment", async () => {
    const batches = thread(0);
    add();
    let drained = false;
    const done = collector.drain(60_000).then(() => (drained = true));
    expect(batches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(drained).toBe(false);
    collector.acknowledge(["p1/1"]);
    await done;
  });

  it("ends at its time limit", async () => {
    add();
    const done = collector.drain(100);
    await vi.advanceTimersByTimeAsync(100);
    await done;
    expect(collector.batchesInFlight).toBe(1);
  });
});
