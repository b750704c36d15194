import { describe, expect, it } from "vitest";
import { Broadcaster } from "../../src/threads/broadcaster.ts";

interface PostedMessage {
  readonly index: number;
  readonly revision: number;
}

/** Three threads, the last of which is being restarted. */
function makeThreads() {
  const posted: PostedMessage[] = [];
  const thread = (index: number) => ({ thread: { post: (revision: number) => void posted.push({ index, revision }) } });
  return { posted, threads: [thread(0), thread(1), { thread: undefined }] };
}

describe("a broadcast", () => {
  it("reaches every running thread, and resolves when all have confirmed", async () => {
    const broadcaster = new Broadcaster<number>();
    const { posted, threads } = makeThreads();
    const all = broadcaster.send(threads, (revision) => revision);
    expect(posted).toEqual([
      { index: 0, revision: 1 },
      { index: 1, revision: 1 },
    ]);
    broadcaster.confirm(0, 1);
    broadcaster.confirm(0, 1);
    broadcaster.confirm(1, 1);
    expect(await all).toBe(true);
  });

  it("is confirmed separately from other broadcasts, in any order", async () => {
    const broadcaster = new Broadcaster<number>();
    const { threads } = makeThreads();
    const sent = [1, 2].map(() => broadcaster.send(threads, (revision) => revision));
    const completed: number[] = [];
    for (const [index, one] of sent.entries()) void one.then(() => completed.push(index));
    for (const [index, revision] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      broadcaster.confirm(index, revision);
    }
    await sent[1];
    expect(completed).toEqual([1]);
    broadcaster.confirm(1, 1);
    await sent[0];
    expect(completed).toEqual([1, 0]);
  });

  it("does not wait for a thread that has died, or when there is no thread", async () => {
    const broadcaster = new Broadcaster<number>();
    const { threads } = makeThreads();
    const all = broadcaster.send(threads, (revision) => revision);
    broadcaster.confirm(0, 1);
    broadcaster.threadDied(1);
    expect(await all).toBe(true);
    expect(await broadcaster.send([], (revision) => revision)).toBe(true);
  });

  it("ends at its time limit when a thread is stalled", async () => {
    const broadcaster = new Broadcaster<number>(10);
    const { threads } = makeThreads();
    expect(await broadcaster.send(threads, (revision) => revision)).toBe(false);
    broadcaster.confirm(0, 1);
    broadcaster.confirm(1, 1);
  });
});
