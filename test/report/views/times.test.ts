import { describe, expect, it } from "vitest";
import { slotOf, slotStart } from "../../../src/lib/time-slots.ts";
import type { Review } from "../../../src/model/review.ts";
import { unreviewedCauses } from "../../../src/presentation/verdict/headlines.ts";
import { reviewedCause } from "../../../src/report/causes/reviewed-cause.ts";
import { buildTimeline } from "../../../src/report/views/build-timeline.ts";
import { createCauseTimes, readBlocks } from "../../../src/report/views/cause-times.ts";
import { timeGrid } from "../../../src/report/views/time-grid.ts";
import { memoryReader, NOW, outcome, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

const PRICE = "body $.price value raw";
const CLOCK = "body $.now value both";
const MISSING = "status 200->404 status raw";
const SLOT_MS = slotStart(1);
/** Of the beginning of the run; a multiple of the longest block. */
const FIRST = slotOf(RUN.startedAt);

const at = (slot: number, count: number, marks: readonly string[], endpoint = "GET /a") =>
  outcome(count, marks, { endpoint, slot: FIRST + slot });

function blocksOf(rows: Rows) {
  return readBlocks({ reader: memoryReader(rows), run: RUN, candidate: "v2" });
}

/** `slots after the beginning: compared, differed, counting` */
async function timelineOf(rows: Rows, query: Parameters<typeof buildTimeline>[2] = {}): Promise<string[]> {
  const { bucketMs, buckets } = buildTimeline(await reportOf(rows), await blocksOf(rows), query);
  return buckets.map(
    ({ at: startedAt, compared, differed, counting }) =>
      `${(startedAt - RUN.startedAt) / SLOT_MS} +${bucketMs / SLOT_MS}: ${compared}, ${differed}, ${counting}`,
  );
}

/** @param blocks first and end slot of each */
function grid(...blocks: readonly (readonly [number, number])[]) {
  const rows = blocks.map(([from, to]) => ({ startedAt: slotStart(FIRST + from), endsAt: slotStart(FIRST + to) }));
  return timeGrid([{ route: "", endpoint: "", rows }], 4);
}

describe("timeGrid", () => {
  it("is as fine as the longest block and the number of buckets allow, and begins at a multiple of its length", () => {
    expect(grid()).toBeUndefined();
    expect(grid([3, 4])).toEqual({ startedAt: slotStart(FIRST + 3), bucketMs: SLOT_MS, buckets: 1 });
    expect(grid([2, 4], [5, 6])).toEqual({ startedAt: slotStart(FIRST + 2), bucketMs: 2 * SLOT_MS, buckets: 2 });
    expect(grid([1, 2], [9, 10])).toEqual({ startedAt: slotStart(FIRST), bucketMs: 4 * SLOT_MS, buckets: 3 });
  });
});

describe("buildTimeline", () => {
  const rows: Rows = {
    outcomes: [
      at(0, 90, []),
      at(0, 10, [CLOCK]),
      at(1, 30, [PRICE]),
      at(1, 5, [PRICE, CLOCK]),
      at(40, 20, [MISSING], "GET /b"),
      at(40, 10, [], "GET /b"),
    ],
  };

  it("counts exchanges by time: compared, differing, and those that count against parity", async () => {
    expect(await timelineOf(rows)).toEqual(["0 +1: 100, 10, 0", "1 +1: 35, 35, 35", "40 +1: 30, 20, 20"]);
    const { parity, accounting } = await reportOf(rows);
    expect(55 / accounting.compared).toBeCloseTo(1 - parity.rate);
  });

  it("can be about one endpoint or route", async () => {
    expect(await timelineOf(rows, { endpoint: "GET /b" })).toEqual(["40 +1: 30, 20, 20"]);
    expect(await timelineOf(rows, { endpoint: "GET /b", route: "other" })).toEqual([]);
    expect(await timelineOf({}, {})).toEqual([]);
  });

  it("follows rules and reviews", async () => {
    expect(await timelineOf({ ...rows, rules: [rule("$.price", { endpoint: "GET /a" })] })).toEqual([
      "0 +1: 100, 10, 0",
      "1 +1: 35, 35, 0",
      "40 +1: 30, 20, 20",
    ]);
    const report = await reportOf(rows);
    const signature = (endpoint: string) =>
      report.endpoints.find((each) => each.endpoint === endpoint)?.causes[0]?.signature ?? "";
    const reviewOf = (endpoint: string, decision: Review["decision"]): Review => {
      const about = reviewedCause(report, signature(endpoint));
      if (about === undefined) throw new Error("there is no cause");
      return { ...about, decision, reason: "", by: "ann", at: NOW, expiresAt: null };
    };
    expect((await timelineOf({ ...rows, reviews: [reviewOf("GET /b", "accepted")] })).at(-1)).toBe("40 +1: 30, 20, 0");
  });

  it("adds up short and long blocks of several endpoints without losing an exchange", async () => {
    const outcomes = [
      ...Array.from({ length: 3_000 }, (_, slot) => at(slot, 1, [])),
      ...Array.from({ length: 10 }, (_, slot) => at(2_000 + slot, 2, [PRICE], "GET /b")),
    ];
    const { bucketMs, buckets } = buildTimeline(await reportOf({ outcomes }), await blocksOf({ outcomes }), {});
    expect([bucketMs / SLOT_MS, buckets.length]).toEqual([128, 24]);
    expect(buckets.reduce((sum, { compared }) => sum + compared, 0)).toBe(3_020);
    expect(buckets.filter(({ differed }) => differed > 0)).toEqual([
      { at: slotStart(FIRST + 1_920), compared: 148, differed: 20, counting: 20, withCause: 0 },
    ]);
  });

  it("counts the exchanges with a cause, however many of its fields they differ in, and none that are noise", async () => {
    const outcomes = [
      at(0, 100, []),
      at(0, 4, [CLOCK]),
      at(1, 7, [PRICE, "body $.total value raw"]),
      at(1, 3, [PRICE]),
      at(1, 5, [CLOCK]),
      at(2, 9, [PRICE], "GET /b"),
    ];
    const report = await reportOf({ outcomes });
    const cause = report.endpoints
      .find(({ endpoint }) => endpoint === "GET /a")
      ?.causes.find(({ title }) => title.includes("$.price"));
    const { buckets } = buildTimeline(report, await blocksOf({ outcomes }), {
      endpoint: "GET /a",
      cause: cause?.signature,
    });
    expect(cause?.count).toBe(10);
    expect(buckets.map(({ compared, withCause }) => [compared, withCause])).toEqual([
      [104, 0],
      [15, 10],
    ]);
  });
});

describe("createCauseTimes", () => {
  it("says when a cause was first and last seen on its endpoints, and how often in between", async () => {
    const outcomes = [
      at(0, 100, []),
      at(2, 7, [PRICE], "GET /b"),
      at(4, 5, [PRICE]),
      at(9, 3, [PRICE, "body $.total value raw"]),
      at(12, 9, []),
    ];
    const [wide] = unreviewedCauses(await reportOf({ outcomes }));
    const times = createCauseTimes(await blocksOf({ outcomes }), RUN)(wide?.cause.fields ?? [], wide?.endpoints ?? []);
    expect(wide?.cause.title).toBe("body $.price (changed)");
    expect(times).toEqual({
      firstSeen: slotStart(FIRST + 2),
      firstSeenBy: slotStart(FIRST + 3),
      lastSeen: slotStart(FIRST + 10),
      bucketMs: SLOT_MS,
      counts: [0, 0, 7, 0, 5, 0, 0, 0, 0, 3, 0, 0, 0],
    });
  });

  it("begin with the run and end with it, although a time block may be longer", async () => {
    const outcomes = [at(-1, 1, [PRICE]), at(5, 1, [PRICE])];
    const run = { startedAt: RUN.startedAt, endedAt: slotStart(FIRST + 5) + 1 };
    const [wide] = unreviewedCauses(await reportOf({ outcomes }));
    const times = createCauseTimes(await blocksOf({ outcomes }), run)(wide?.cause.fields ?? [], wide?.endpoints ?? []);
    expect([times?.firstSeen, times?.lastSeen]).toEqual([run.startedAt, run.endedAt]);
  });

  it("says nothing in runs of earlier versions, which have no time blocks", async () => {
    const outcomes = [outcome(9, [PRICE])];
    const [wide] = unreviewedCauses(await reportOf({ outcomes }));
    expect(
      createCauseTimes(await blocksOf({ outcomes }), RUN)(wide?.cause.fields ?? [], wide?.endpoints ?? []),
    ).toBeUndefined();
  });
});
