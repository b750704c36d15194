import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { StreamGate, UnsentBytes } from "../../../src/lib/runtime/stream-gate.ts";
import { TurnQueue } from "../../../src/lib/runtime/turn-queue.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** A connection whose client has opened streams 0, 1, 2, … */
class Connection {
  readonly gate: StreamGate;
  readonly started: number[] = [];
  readonly streams: { start(): void }[] = [];

  constructor(all: UnsentBytes, turns: TurnQueue, streams: number) {
    this.gate = new StreamGate(all, turns);
    for (let index = 0; index < streams; index += 1) {
      const stream = { start: () => void this.started.push(index) };
      this.streams.push(stream);
      this.gate.wait(stream);
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

describe("streams that wait", () => {
  it("start in order, eight of each of four connections in one turn", async () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    const connections = Array.from({ length: 6 }, () => new Connection(all, queue, 20));
    await turns(1);
    expect(connections.map(({ started }) => started.length)).toEqual([8, 8, 8, 8, 0, 0]);
    await turns(1);
    expect(connections.map(({ started }) => started.length)).toEqual([16, 16, 8, 8, 8, 8]);
    await turns(5);
    for (const { started } of connections) expect(started).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it("start eight at a time after a new connection", async () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    queue.shortenTurn();
    const connections = [new Connection(all, queue, 20), new Connection(all, queue, 20)];
    await turns(1);
    expect(connections.map(({ started }) => started.length)).toEqual([8, 0]);
  });

  it("do not start when they were closed", async () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    const { gate, started, streams } = new Connection(all, queue, 3);
    for (const stream of streams.slice(0, 2)) gate.forget(stream);
    await turns(1);
    expect(started).toEqual([2]);
  });
});

describe("streams that need not wait", () => {
  it("are a hundred in a turn of the event loop, and none while others wait", async () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    const gate = new StreamGate(all, queue);
    await turns(1);
    const atOnce = (): number => Array.from({ length: 150 }, () => gate.startAtOnce()).filter(Boolean).length;
    expect(atOnce()).toBe(100);
    await turns(1);
    expect(atOnce()).toBe(100);
    const waiting = new Connection(all, queue, 1);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(waiting.started).toEqual([0]);
    expect(new Connection(all, queue, 1).gate.startAtOnce()).toBe(false);
    expect(atOnce()).toBe(0);
  });
});

describe("clients that do not read 32 MiB of responses together", () => {
  it("get no further streams while each of them holds 64 KiB; others do", async () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    const stalled = new Connection(all, queue, 0);
    stalled.gate.addUnsent(32 * MIB + 1);
    const holding = new Connection(all, queue, 0);
    holding.gate.addUnsent(64 * KIB);
    for (const { gate } of [stalled, holding]) {
      expect(gate.startAtOnce()).toBe(false);
      gate.wait({ start: () => stalled.started.push(0) });
    }
    const reading = new Connection(all, queue, 20);
    await turns(10);
    expect(stalled.started).toEqual([]);
    expect(reading.started.length).toBe(20);
  });

  it("get one stream for each 64 KiB that they read, and all when less than 32 MiB is left", async () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    const other = new StreamGate(all, queue);
    other.addUnsent(32 * MIB);
    const { gate, started } = new Connection(all, queue, 0);
    gate.addUnsent(MIB);
    for (let index = 0; index < 20; index += 1) gate.wait({ start: () => started.push(index) });
    await turns(3);
    expect(started).toEqual([]);
    gate.addUnsent(-63 * KIB);
    await turns(3);
    expect(started).toEqual([]);
    gate.addUnsent(-KIB);
    await turns(3);
    expect(started).toEqual([0]);
    other.addUnsent(-2 * MIB);
    await turns(3);
    expect(started.length).toBe(20);
  });

  it("are reset when they hold three times as much, unless they hold less than 64 KiB", () => {
    const [all, queue] = [new UnsentBytes(), new TurnQueue()];
    const [stalled, small] = [new StreamGate(all, queue), new StreamGate(all, queue)];
    stalled.addUnsent(96 * MIB);
    expect(stalled.isOverrun).toBe(false);
    small.addUnsent(64 * KIB);
    expect([stalled.isOverrun, small.isOverrun]).toEqual([true, false]);
    stalled.addUnsent(-64 * KIB);
    expect(stalled.isOverrun).toBe(false);
  });
});
