import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { TailHub } from "../../../src/admin/live/tail-hub.ts";
import type { TailSubscription } from "../../../src/compare/tail/tail-publisher.ts";
import type { TailBatch, TailRow } from "../../../src/model/views/tail.ts";

class Client extends Writable {
  text = "";
  /** Called to read on; undefined while nothing waits. */
  read: (() => void) | undefined;
  isReading: boolean;

  constructor(isReading: boolean) {
    super();
    this.isReading = isReading;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.isReading) done();
    else this.read = done;
  }

  get batches(): readonly TailBatch[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? "") as TailBatch);
  }
}

function row(target: string): TailRow {
  return { target } as TailRow;
}

function start(threads: number): { hub: TailHub; watched: (readonly TailSubscription[])[] } {
  const watched: (readonly TailSubscription[])[] = [];
  return { hub: new TailHub((subscriptions) => watched.push(subscriptions), threads), watched };
}

describe("TailHub", () => {
  it("tells the compare threads which tails are open, and that none is", async () => {
    const { hub, watched } = start(4);
    const client = new Client(true);
    hub.add(client, { status: "5xx" });
    // Fifty rows per second, shared by four threads.
    expect(watched).toEqual([[{ id: 1, filter: { status: "5xx" }, rowsPerSecond: 13 }]]);
    const closed = new Promise((resolve) => void client.once("close", resolve));
    client.destroy();
    await closed;
    expect(watched.at(-1)).toEqual([]);
    hub.close();
  });

  it("sends each tail its own rows", () => {
    const { hub } = start(1);
    const clients = [new Client(true), new Client(true)] as const;
    for (const client of clients) hub.add(client, {});
    hub.publish([
      { id: 1, rows: [row("/a")], more: 2 },
      { id: 2, rows: [row("/b")], more: 0 },
      { id: 3, rows: [row("/c")], more: 0 },
    ]);
    expect(clients.map(({ batches }) => batches)).toEqual([
      [{ rows: [{ target: "/a" }], more: 2 }],
      [{ rows: [{ target: "/b" }], more: 0 }],
    ]);
    hub.close();
    expect(clients.every(({ writableEnded }) => writableEnded)).toBe(true);
  });

  it("drops the rows of a client that does not read, counts them, and holds little of them in memory", () => {
    const { hub } = start(1);
    const slow = new Client(false);
    hub.add(slow, {});
    const rows = [row("x".repeat(10_000))];
    for (let count = 0; count < 1_000; count += 1) hub.publish([{ id: 1, rows, more: 0 }]);
    expect(slow.writableLength).toBeLessThan(300_000);
    slow.isReading = true;
    slow.read?.();
    hub.publish([{ id: 1, rows: [row("/last")], more: 0 }]);
    const { batches } = slow;
    expect(batches.at(-1)?.rows).toEqual([{ target: "/last" }]);
    expect(batches.reduce((sum, batch) => sum + batch.rows.length + batch.more, 0)).toBe(1_001);
    hub.close();
  });

  it("is full with twenty tails", () => {
    const { hub } = start(1);
    for (let count = 0; count < 20; count += 1) hub.add(new Client(true), {});
    expect(hub.isFull).toBe(true);
    hub.close();
  });
});
