import { describe, expect, it } from "vitest";
import type { RecordedRequest } from "../../../src/model/replay/recording.ts";
import {
  createReadCounts,
  scheduleRequests,
  type ScheduleOptions,
} from "../../../src/replay/drive/scheduled-requests.ts";
import { createPacer } from "../../../src/replay/pacer.ts";

function recorded(parts: Partial<RecordedRequest>): RecordedRequest {
  return {
    method: "GET",
    target: "/",
    headers: [],
    body: null,
    at: null,
    lane: null,
    masked: [],
    place: "f:1",
    ...parts,
  };
}

async function schedule(batches: readonly (readonly RecordedRequest[])[], parts: Partial<ScheduleOptions> = {}) {
  const counts = createReadCounts();
  const recording = {
    async *batches() {
      yield* batches;
    },
  };
  const options = { recording, pacer: createPacer({ type: "unpaced" }), passes: 1, keepsOrder: true, ...parts };
  return { requests: await Array.fromAsync(scheduleRequests(options, counts)), counts };
}

describe("the schedule of a replay", () => {
  it("repeats the recording, each pass behind the last request of the one before", async () => {
    const batches = [[recorded({ at: 5_000, target: "/a" })], [recorded({ at: 7_000, target: "/b" })]];
    const { requests, counts } = await schedule(batches, {
      passes: 3,
      pacer: createPacer({ type: "speed", factor: 2 }),
    });
    expect(requests.map(({ target, dueMs }) => [target, dueMs])).toEqual([
      ["/a", 0],
      ["/b", 1_000],
      ["/a", 1_000],
      ["/b", 2_000],
      ["/a", 2_000],
      ["/b", 3_000],
    ]);
    expect(counts).toMatchObject({ requests: 6, passes: 3, hasEnded: true });
  });

  it("ends instead of repeating a recording without requests for ever", async () => {
    const { requests, counts } = await schedule([], { passes: Infinity });
    expect([requests, counts.passes, counts.hasEnded]).toEqual([[], 1, true]);
  });

  it("notices that there is only one lane", async () => {
    const one = await schedule([
      [recorded({ lane: "a" }), recorded({ lane: "a", method: "POST" }), recorded({ lane: "a" })],
    ]);
    expect([...one.counts.lanes]).toEqual(["a"]);
    const free = await schedule([[recorded({ lane: "a" }), recorded({ lane: "b" })]], { keepsOrder: false });
    expect(free.requests.map(({ lane }) => lane)).toEqual([null, null]);
    expect(free.counts.lanes.size).toBe(2);
  });

  it("takes a body out of the reader's buffer, which must not move to another thread", async () => {
    const buffer = Buffer.from("head body tail");
    const { requests } = await schedule([
      [recorded({ method: "POST", target: "/p", headers: ["A", "b"], body: buffer.subarray(5, 9) })],
    ]);
    const [request] = requests;
    expect(Buffer.from(request?.body ?? []).toString()).toBe("body");
    expect(request?.body.buffer.byteLength).toBe(4);
    expect(request?.bytes).toBe(256 + "/p".length + 4 + "Ab".length);
  });
});
