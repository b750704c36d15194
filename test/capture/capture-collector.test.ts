import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ByteBudget } from "../../src/capture/byte-budget.ts";
import { CaptureCollector } from "../../src/capture/capture-collector.ts";
import type { FinishedExchange } from "../../src/capture/finished-exchange.ts";
import { LegRecorder } from "../../src/capture/leg-recorder.ts";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { enterExchange, leaveExchange, readProgress } from "../../src/transfer/batch-progress.ts";
import { readIdenticalExchanges } from "../../src/transfer/identical-exchanges.ts";
import { unpackExchanges } from "../../src/transfer/packed-exchanges.ts";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type { CaptureBatch, CountBatch, IdenticalExchanges, PackedExchanges } from "../../src/model/batch.ts";
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

/** A store thread that collects the counts. */
function store(): CountBatch[] {
  const counts: CountBatch[] = [];
  collector.setStore((batch) => counts.push(batch));
  return counts;
}

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
    backToBack: false,
    route: "r",
    request: { method: "GET", target: "/", headers: [] },
    protocol: "HTTP/1.1",
    requestBody: null,
    primary: leg("v1", bodies[0]),
    secondary: null,
    candidates: [leg("v2", bodies[1])],
  };
}

function add(bodies?: [string, string]): void {
  collector.count(AT, "v2", "received");
  collector.add(finished(bodies));
}

const totals = (batches: readonly CountBatch[]): Record<string, number> =>
  sum(batches.flatMap(({ accounting }): readonly AccountingCount[] => accounting));

describe("a batch", () => {
  it("is sent 100 ms after its first entry: exchanges to a compare thread, counts to the store thread, and both add up", () => {
    const [counts, batches] = [store(), thread(0)];
    add();
    vi.advanceTimersByTime(99);
    add();
    expect([counts, batches]).toEqual([[], []]);
    vi.advanceTimersByTime(1);
    const of = { minute: 2, candidate: "v2", reason: "" };
    expect(counts).toEqual([
      {
        id: "p1/1",
        accounting: [
          { ...of, fate: "received", count: 2 },
          { ...of, fate: "inFlight", count: 2 },
        ],
      },
    ]);
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({
      id: "p1/2",
      accounting: [
        { ...of, route: "r", fate: "mirrored", count: 2 },
        { ...of, route: "r", fate: "inFlight", count: -2 },
      ],
      slab: null,
    });
    expect(batches[0]?.exchanges).toBeNull();
    expect([...readIdenticalExchanges(batches[0]?.identical as IdenticalExchanges)]).toMatchObject([
      {
        at: AT,
        backToBack: false,
        route: "r",
        method: "GET",
        target: "/",
        status: 200,
        candidate: "v2",
        secondaryMs: null,
      },
      {
        at: AT,
        backToBack: false,
        route: "r",
        method: "GET",
        target: "/",
        status: 200,
        candidate: "v2",
        secondaryMs: null,
      },
    ]);
    expect(collector.budget.used).toBe(0);
  });

  it("has the latency of a secondary, and not that of a self-check; both are pairs", () => {
    const batches = thread(0);
    for (const subset of ["twin", "v1"]) collector.add({ ...finished(), secondary: leg(subset, "same") });
    vi.advanceTimersByTime(100);
    const rows = [...readIdenticalExchanges(batches[0]?.identical as IdenticalExchanges)];
    expect(rows.map(({ paired, secondaryMs }) => [paired, secondaryMs !== null])).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it("contains all bodies in one slab", () => {
    const batches = thread(0);
    add(["first", "second"]);
    add(["", "third"]);
    vi.advanceTimersByTime(100);
    const [batch] = batches;
    const exchanges = [...unpackExchanges(batch?.exchanges as PackedExchanges, batch?.slab as SharedArrayBuffer)];
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

  it("reuses the slab of a batch that has been compared", () => {
    const batches = thread(0);
    add(["a", "b"]);
    vi.advanceTimersByTime(100);
    const slab = batches[0]?.slab as SharedArrayBuffer;
    collector.finishComparison("p1/2");
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
  it("256 batches in flight: no capacity until the next acknowledgment, but counts do not wait for it", () => {
    const [counts, batches] = [store(), thread(0)];
    for (let count = 0; count < 256; count += 1) {
      add();
      vi.advanceTimersByTime(1_000);
      collector.acknowledge(counts.map(({ id }) => id));
    }
    expect([batches.length, collector.hasCapacity, collector.batchesInFlight]).toEqual([256, false, 256]);
    collector.count(AT, "v2", "received");
    collector.count(AT, "v2", "dropped", "queue");
    vi.advanceTimersByTime(1_000);
    expect(batches).toHaveLength(256);
    expect(totals(counts)).toEqual({ received: 257, inFlight: 256, "dropped:queue": 1 });
    collector.acknowledge([batches[0]?.id as string]);
    expect(collector.hasCapacity).toBe(true);
  });

  it("256 unacknowledged batches of counts: no capacity, and counts add up until the next acknowledgment", () => {
    const counts = store();
    for (let count = 0; count < 256; count += 1) {
      collector.count(AT, "v2", "sampledOut");
      vi.advanceTimersByTime(1_000);
    }
    expect([counts.length, collector.hasCapacity, collector.batchesInFlight]).toEqual([256, false, 256]);
    for (let count = 0; count < 3; count += 1) collector.count(AT, "v2", "sampledOut");
    vi.advanceTimersByTime(10_000);
    expect(counts).toHaveLength(256);
    collector.acknowledge(["p1/1"]);
    vi.advanceTimersByTime(1_000);
    expect([counts.length, totals(counts)]).toEqual([257, { sampledOut: 259 }]);
  });

  it("while nothing is acknowledged, batches become larger, so that their limit is reached after three minutes only", () => {
    store();
    const batches = thread(0);
    let tenths = 0;
    while (collector.hasCapacity) {
      collector.count(AT, "v2", "sampledOut");
      if (tenths % 10 === 0) add();
      vi.advanceTimersByTime(100);
      tenths += 1;
    }
    expect(tenths / 10).toBeGreaterThan(180);
    collector.acknowledge(Array.from({ length: 600 }, (_, index) => `p1/${index}`));
    expect(collector.hasCapacity).toBe(true);
    const before = batches.length;
    add();
    vi.advanceTimersByTime(100);
    expect(batches).toHaveLength(before + 1);
  });

  it("bytes in flight: no capacity until batches are compared and acknowledged", () => {
    const batches = thread(0);
    for (let count = 0; count < 15; count += 1) {
      add(["a", "b"]);
      vi.advanceTimersByTime(100);
    }
    expect([collector.hasCapacity, collector.heldBytes]).toEqual([false, 15 * (65_536 + 2_048)]);
    for (const { id } of batches) collector.finishComparison(id);
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

/** Three exchanges that differ in one batch, and one that is identical. */
function sendFour(): CaptureBatch[] {
  const batches = thread(0);
  for (const body of ["a", "b", "c"]) add([body, "x"]);
  add();
  vi.advanceTimersByTime(100);
  return batches;
}

describe("a compare thread that dies", () => {
  it("in an exchange: another thread gets the batch under the same id, without this exchange", () => {
    const [sent] = sendFour();
    enterExchange((sent as CaptureBatch).progress, 1);
    const living = thread(1);
    collector.removeThread(0, "timeout");
    expect(living).toEqual([{ ...sent, abandoned: [{ position: 1, reason: "timeout" }] }]);
    expect(readProgress((sent as CaptureBatch).progress)).toEqual({ at: "idle" });
    enterExchange((sent as CaptureBatch).progress, 2);
    const last = thread(2);
    collector.removeThread(1, "memory");
    expect(last[0]?.abandoned).toEqual([
      { position: 1, reason: "timeout" },
      { position: 2, reason: "memory" },
    ]);
    expect(collector.heldBytes).toBe(65_536 + 3 * 2_048 + 89);
    collector.acknowledge(["p1/1", "p1/2"]);
    expect([collector.batchesInFlight, collector.heldBytes]).toEqual([0, 0]);
  });

  it("before it has begun with a batch: another thread gets it unchanged, or waits for the next one", () => {
    const [sent] = sendFour();
    collector.removeThread(0, "thread-died");
    add(["d", "x"]);
    vi.advanceTimersByTime(100);
    const next = thread(0);
    expect(next.map(({ id, abandoned }) => [id, abandoned])).toEqual([
      ["p1/2", []],
      ["p1/4", []],
    ]);
    expect(next[0]).toEqual(sent);
  });

  it("after it has compared a batch: the exchanges count as skipped, unless the store has the results", () => {
    const [sent] = sendFour();
    collector.finishComparison("p1/2");
    collector.removeThread(0, "thread-died");
    const next = thread(0);
    const skipped = { minute: 2, candidate: "v2", fate: "skipped", reason: "thread-died", route: "r", count: 4 };
    const empty = { exchanges: null, identical: null, slab: null };
    expect(next).toEqual([{ ...sent, ...empty, accounting: [...(sent?.accounting ?? []), skipped], isResent: true }]);
  });

  it("twice in a batch but in none of its exchanges: all of them count as skipped once", () => {
    const [sent] = sendFour();
    for (let death = 0; death < 3; death += 1) {
      leaveExchange((sent as CaptureBatch).progress);
      collector.removeThread(0, "thread-died");
      const [again] = thread(0);
      expect(again?.exchanges?.count).toBe(death === 0 ? 3 : undefined);
      const skipped = death === 0 ? {} : { "skipped:thread-died": 4 };
      expect(totals([again as CaptureBatch])).toEqual({ inFlight: -4, mirrored: 4, ...skipped });
    }
  });

  it("leaves alone what is acknowledged", () => {
    sendFour();
    collector.acknowledge(["p1/2"]);
    collector.removeThread(0, "thread-died");
    expect(thread(0)).toEqual([]);
  });
});

describe("a store thread that dies", () => {
  it("leaves its unacknowledged counts to the next one, under the same ids", () => {
    collector.count(AT, "v2", "sampledOut");
    vi.advanceTimersByTime(100);
    const first = store();
    for (const fate of ["sampledOut", "received"] as const) {
      collector.count(AT, "v2", fate);
      vi.advanceTimersByTime(100);
    }
    expect(first.map(({ id }) => id)).toEqual(["p1/1", "p1/2", "p1/3"]);
    collector.acknowledge(["p1/2"]);
    expect(store()).toEqual([first[0], first[2]]);
  });
});

describe("draining", () => {
  it("waits for every acknowledgment", async () => {
    const [counts, batches] = [store(), thread(0)];
    add();
    let drained = false;
    const done = collector.drain(60_000).then(() => (drained = true));
    expect([counts.length, batches.length]).toEqual([1, 1]);
    collector.acknowledge(["p1/2"]);
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
    expect(collector.batchesInFlight).toBe(2);
  });
});
