import { expect, it } from "vitest";
import type { Mark } from "../../../src/model/explain/mark.ts";
import { causeTimelineData, topWithNames } from "../../../web/src/cause/when/timeline-data.ts";

const BUCKETS = [
  { at: 1_000, compared: 20, differed: 5, counting: 5, withCause: 4 },
  { at: 3_000, compared: 10, differed: 0, counting: 0, withCause: 0 },
];
const TIMELINE = { endpoint: "GET /a", bucketMs: 1_000, buckets: BUCKETS };

function mark(at: number, kind: Mark["kind"], text: string): Mark {
  return { id: `${at}`, at, kind, text, subset: null, by: "ann" };
}

it("draws the exchanges with the cause, the events of the run by number, and the change", () => {
  const marks = [
    mark(900, "deployment", "v2 restarted"),
    mark(2_000, "note", "a text that is far too long for a chart"),
  ];
  const none = { count: 0, compared: 0 };
  const change = { at: 1_100, before: none, after: none, mark: null };
  const data = causeTimelineData(TIMELINE, { marks, change });
  expect(data.x).toEqual([1_000, 3_000]);
  expect(data.ends).toEqual([2_000, 4_000]);
  expect(data.series.map(({ label, values }) => [label, values])).toEqual([
    ["compared", [20, 10]],
    ["with this cause", [4, 0]],
  ]);
  expect(data.marks?.map(({ value, label }) => [value, label])).toEqual([
    [900, "▲ 1 v2 restarted"],
    [2_000, "■ 2 a text that is far too …"],
    [1_100, "change"],
  ]);
});

it("names many events by their numbers alone, so that they stay readable", () => {
  const marks = Array.from({ length: 6 }, (_, index) => mark(index, "upstream", "v2 does not respond"));
  const data = causeTimelineData(TIMELINE, { marks, change: null });
  expect(data.marks?.map(({ label }) => label)).toEqual(["● 1", "● 2", "● 3", "● 4", "● 5", "● 6"]);
});

it("leaves room for the names of events above the curves, at most half of the chart", () => {
  const topOf = (count: number): number => {
    const marks = Array.from({ length: count }, (_, index) => mark(index, "note", "n"));
    return topWithNames(causeTimelineData(TIMELINE, { marks, change: null }));
  };
  expect(topOf(0)).toBeCloseTo(20 / 0.905);
  expect(topOf(2)).toBeCloseTo(20 / 0.715);
  expect(topOf(100)).toBe(40);
  expect(topWithNames(causeTimelineData({ ...TIMELINE, buckets: [] }, { marks: [], change: null }))).toBeCloseTo(
    1 / 0.905,
  );
});
