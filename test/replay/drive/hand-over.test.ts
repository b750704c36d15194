import { describe, expect, it } from "vitest";
import type { ScheduledRequest } from "../../../src/model/replay/replay-counts.ts";
import { HandOver } from "../../../src/replay/drive/hand-over.ts";

const MIB = 1024 * 1024;

/** An endless recording that counts how far it was read. */
function recording(bytes: number, count = Infinity) {
  const state = { read: 0, isClosed: false };
  async function* requests(): AsyncGenerator<ScheduledRequest> {
    try {
      while (state.read < count) {
        state.read += 1;
        yield {
          method: "GET",
          target: `/${state.read}`,
          headers: [],
          lane: null,
          body: new Uint8Array(),
          dueMs: 0,
          bytes,
        };
      }
    } finally {
      state.isClosed = true;
    }
  }
  return { state, requests: requests() };
}

/** Until nothing more is read: everything here happens in microtasks, and the batch timer. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; before !== read();) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return read();
}

async function* failing(): AsyncGenerator<ScheduledRequest> {
  yield* recording(100, 2).requests;
  throw new Error("unreadable");
}

describe("HandOver", () => {
  it("reads no further than two thousand requests ahead, and goes on as they are taken", async () => {
    const { state, requests } = recording(100);
    const posted: string[] = [];
    const handOver = new HandOver((batch) => void posted.push(...batch.map(({ target }) => target)));
    const ended = handOver.run(requests);
    expect(await settled(() => posted.length)).toBe(2_048);
    expect(state.read).toBe(2_048);
    handOver.acknowledge(1_000, 100_000);
    expect(await settled(() => posted.length)).toBe(3_048);
    expect(posted).toEqual(Array.from({ length: 3_048 }, (_, index) => `/${index + 1}`));
    handOver.stop();
    await ended;
    expect(state.isClosed).toBe(true);
  });

  it("reads no more than 16 MiB ahead", async () => {
    const { state, requests } = recording(MIB);
    const handOver = new HandOver(() => {});
    const ended = handOver.run(requests);
    expect(await settled(() => state.read)).toBe(16);
    handOver.acknowledge(3, 3 * MIB);
    expect(await settled(() => state.read)).toBe(19);
    handOver.stop();
    await ended;
  });

  it("posts the last requests of a recording at once, and those of a growing one soon", async () => {
    const { requests } = recording(100, 70);
    const batches: number[] = [];
    await new HandOver((batch) => void batches.push(batch.length)).run(requests);
    expect(batches).toEqual([64, 6]);

    const growing: number[] = [];
    const handOver = new HandOver((batch) => void growing.push(batch.length));
    async function* first(): AsyncGenerator<ScheduledRequest> {
      yield* recording(100, 1).requests;
      await new Promise(() => {});
    }
    void handOver.run(first());
    await expect.poll(() => growing).toEqual([1]);
    handOver.stop();
  });

  it("passes on the error of a recording, after the requests before it", async () => {
    const posted: string[] = [];
    const run = new HandOver((batch) => void posted.push(...batch.map(({ target }) => target))).run(failing());
    await expect(run).rejects.toThrow("unreadable");
    await expect.poll(() => posted).toEqual(["/1", "/2"]);
  });
});
