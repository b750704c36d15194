import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { EventHub, type HubTimers } from "../../../src/admin/live/event-hub.ts";

/** Timers that the test fires. */
class ManualTimers implements HubTimers {
  readonly #waiting = new Map<
    object,
    { readonly callback: () => void; readonly ms: number; readonly repeats: boolean }
  >();

  setTimeout(callback: () => void, ms: number): { unref(): unknown } {
    return this.#add(callback, ms, false);
  }

  setInterval(callback: () => void, ms: number): { unref(): unknown } {
    return this.#add(callback, ms, true);
  }

  clear(timer: { unref(): unknown }): void {
    this.#waiting.delete(timer);
  }

  /** Fires the timers with this duration. */
  fire(ms: number): void {
    for (const [timer, waiting] of this.#waiting) {
      if (waiting.ms !== ms) continue;
      if (!waiting.repeats) this.#waiting.delete(timer);
      waiting.callback();
    }
  }

  get waiting(): number[] {
    return [...this.#waiting.values()].map(({ ms }) => ms);
  }

  #add(callback: () => void, ms: number, repeats: boolean): { unref(): unknown } {
    const timer = { unref: () => undefined };
    this.#waiting.set(timer, { callback, ms, repeats });
    return timer;
  }
}

/** A client that reads everything, or nothing. */
class Client extends Writable {
  text = "";
  readonly #reads: boolean;

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.#reads) done();
  }

  take(): string {
    const { text } = this;
    this.text = "";
    return text;
  }
}

function start(): { hub: EventHub; timers: ManualTimers; client: Client } {
  const timers = new ManualTimers();
  const hub = new EventHub((event) => ({ type: event }), timers);
  const client = new Client(true);
  hub.add(client);
  return { hub, timers, client };
}

const COMMITTED = 'event: committed\ndata: {"type":"committed"}\n\n';
const STATUS = 'event: status\ndata: {"type":"status"}\n\n';

describe("EventHub", () => {
  it("sends a new client the retry time and the status", () => {
    expect(start().client.take()).toBe(`retry: 2000\n\n${STATUS}`);
  });

  it("sends the first event immediately and merges those of the next 500 ms", () => {
    const { hub, timers, client } = start();
    client.take();
    hub.notify("committed");
    expect(client.take()).toBe(COMMITTED);
    hub.notify("committed");
    hub.notify("committed");
    expect(client.take()).toBe("");
    timers.fire(500);
    expect(client.take()).toBe(COMMITTED);
    timers.fire(500);
    expect(client.take()).toBe("");
    hub.notify("committed");
    expect(client.take()).toBe(COMMITTED);
  });

  it("sends events of different types independently", () => {
    const { hub, client } = start();
    client.take();
    hub.notify("committed");
    hub.notify("status");
    expect(client.take()).toBe(COMMITTED + STATUS);
  });

  it("sends a heartbeat every 3 s", () => {
    const { timers, client } = start();
    client.take();
    timers.fire(3_000);
    expect(client.take()).toBe('event: heartbeat\ndata: {"type":"heartbeat"}\n\n');
  });

  it("disconnects a client that does not read, and still serves the others", () => {
    const { hub, timers, client } = start();
    const stuck = new Client(false);
    hub.add(stuck);
    for (let count = 0; count < 10_000 && !stuck.destroyed; count += 1) timers.fire(3_000);
    expect(stuck.destroyed).toBe(true);
    expect(stuck.writableLength).toBeLessThan(66_000);
    client.take();
    hub.notify("committed");
    expect(client.take()).toBe(COMMITTED);
  });

  it("is full with a hundred clients, until one disconnects", async () => {
    const { hub, client } = start();
    for (let count = 1; count < 100; count += 1) hub.add(new Client(true));
    expect(hub.isFull).toBe(true);
    const closed = new Promise((resolve) => void client.once("close", resolve));
    client.destroy();
    await closed;
    expect(hub.isFull).toBe(false);
  });

  it("ends all streams and timers when it closes", () => {
    const { hub, timers, client } = start();
    hub.notify("committed");
    client.take();
    hub.close();
    expect(client.take()).toBe('event: stopped\ndata: {"type":"stopped"}\n\n');
    expect(client.writableEnded).toBe(true);
    expect(timers.waiting).toEqual([]);
  });
});
