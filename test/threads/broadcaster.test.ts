import { describe, expect, it } from "vitest";
import { Broadcaster } from "../../src/threads/broadcaster.ts";

interface Told {
  readonly index: number;
  readonly revision: number;
}

/** Three threads, the last of which is being replaced. */
function makeThreads() {
  const told: Told[] = [];
  const thread = (index: number) => ({ thread: { post: (revision: number) => void told.push({ index, revision }) } });
  return { told, threads: [thread(0), thread(1), { thread: undefined }] };
}

describe("announcements", () => {
  it("reach everybody who lives, and are over when each has confirmed", async () => {
    const announcements = new Broadcaster<number>();
    const { told, threads } = makeThreads();
    const all = announcements.send(threads, (revision) => revision);
    expect(told).toEqual([
      { index: 0, revision: 1 },
      { index: 1, revision: 1 },
    ]);
    announcements.confirm(0, 1);
    announcements.confirm(0, 1);
    announcements.confirm(1, 1);
    expect(await all).toBe(true);
  });

  it("are confirmed one by one, in any order", async () => {
    const announcements = new Broadcaster<number>();
    const { threads } = makeThreads();
    const sent = [1, 2].map(() => announcements.send(threads, (revision) => revision));
    const over: number[] = [];
    for (const [index, one] of sent.entries()) void one.then(() => over.push(index));
    for (const [index, revision] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      announcements.confirm(index, revision);
    }
    await sent[1];
    expect(over).toEqual([1]);
    announcements.confirm(1, 1);
    await sent[0];
    expect(over).toEqual([1, 0]);
  });

  it("wait for nobody who is gone, and not at all when there is nobody", async () => {
    const announcements = new Broadcaster<number>();
    const { threads } = makeThreads();
    const all = announcements.send(threads, (revision) => revision);
    announcements.confirm(0, 1);
    announcements.threadDied(1);
    expect(await all).toBe(true);
    expect(await announcements.send([], (revision) => revision)).toBe(true);
  });

  it("do not wait for ever for a thread that stands still", async () => {
    const announcements = new Broadcaster<number>(10);
    const { threads } = makeThreads();
    expect(await announcements.send(threads, (revision) => revision)).toBe(false);
    announcements.confirm(0, 1);
    announcements.confirm(1, 1);
  });
});
