import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { EventHub, type HubTimers } from "../../../src/admin/live/event-hub.ts";

/** Timers that fire when the test says so. */
class HeldTimers implements HubTimers {
  readonly #waiting = new Map<
    object,
    { readonly callback: () => void; readonly ms: number; readonly repeats: boolean }
  >();

  setTimeout(callback: () => void, ms: number): { unref(): unknown } {
    return this.#hold(callback, ms, false);
  }

  setInterval(callback: () => void, ms: number): { unref(): unknown } {
    return this.#hold(callback, ms, true);
  }

  clear(timer: { unref(): unknown }): void {
    this.#waiting.delete(timer);
  }

  /** Fires what waits for exactly this long. */
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

  #hold(callback: () => void, ms: number, repeats: boolean): { unref(): unknown } {
    const timer = { unref: () => undefined };
    this.#waiting.set(timer, { callback, ms, repeats });
    return timer;
  }
}

/** A client that reads everything, or nothing at all. */
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

function start(): { hub: EventHub; timers: HeldTimers; client: Client } {
  const timers = new HeldTimers();
  const hub = new EventHub((event) => ({ about: event }), timers);
  const client = new Client(true);
  hub.add(client);
  return { hub, timers, client };
}

const COMMITTED = 'event: committed\ndata: {"about":"committed"}\n\n';
const STATUS = 'event: status\ndata: {"about":"status"}\n\n';

describe("EventHub", () => {
  it("greets a client with the retry hint and the status", () => {
    expect(start().client.take()).toBe(`retry: 2000\n\n${STATUS}`);
  });

  it("sends the first event at once and those of the next 500 ms as one", () => {
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

  it("does not let one kind of event wait for the other", () => {
    const { hub, client } = start();
    client.take();
    hub.notify("committed");
    hub.notify("status");
    expect(client.take()).toBe(COMMITTED + STATUS);
  });

  it("sends a comment every 15 s", () => {
    const { timers, client } = start();
    client.take();
    timers.fire(15_000);
    expect(client.take()).toBe(": still here\n\n");
  });

  it("drops a client that does not read, and goes on serving the others", () => {
    const { hub, timers, client } = start();
    const stuck = new Client(false);
    hub.add(stuck);
    for (let count = 0; count < 10_000 && !stuck.destroyed; count += 1) timers.fire(15_000);
    expect(stuck.destroyed).toBe(true);
    expect(stuck.writableLength).toBeLessThan(66_000);
    client.take();
    hub.notify("committed");
    expect(client.take()).toBe(COMMITTED);
  });

  it("is full with a hundred clients, and takes another when one has gone", async () => {
    const { hub, client } = start();
    for (let count = 1; count < 100; count += 1) hub.add(new Client(true));
    expect(hub.full).toBe(true);
    const closed = new Promise((resolve) => void client.once("close", resolve));
    client.destroy();
    await closed;
    expect(hub.full).toBe(false);
  });

  it("ends every stream and every timer when it closes", () => {
    const { hub, timers, client } = start();
    hub.notify("committed");
    hub.close();
    expect(client.writableEnded).toBe(true);
    expect(timers.waiting).toEqual([]);
  });
});
