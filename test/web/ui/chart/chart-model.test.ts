import { describe, expect, it } from "vitest";
import {
  drawnColumns,
  joinRanges,
  rangeOfRow,
  rowsWithValues,
  type ChartData,
} from "../../../../web/src/ui/chart/chart-model.ts";

function periods(x: readonly number[], ends: readonly number[], values: readonly (number | null)[]): ChartData {
  return { x, ends, series: [{ label: "one", color: "accent", shape: "steps", values }] };
}

describe("drawnColumns", () => {
  it("holds each value to the end of its period, also the last and an only one", () => {
    expect(drawnColumns(periods([0, 10], [10, 20], [1, 2]))).toEqual([
      [0, 10, 20],
      [1, 2, 2],
    ]);
    expect(drawnColumns(periods([5], [6], [7]))).toEqual([
      [5, 6],
      [7, 7],
    ]);
  });

  it("interrupts the line where a period ends before the next one begins", () => {
    expect(drawnColumns(periods([0, 50], [10, 60], [1, 2]))).toEqual([
      [0, 10, 50, 60],
      [1, null, 2, 2],
    ]);
  });

  it("has the columns of points as they are, and after the series the ends of the bands", () => {
    const series = [{ label: "one", color: "accent", shape: "line", values: [1, null] }] as const;
    const bands = [{ label: "interval", color: "accent", low: [0, 1], high: [2, null] }];
    expect(drawnColumns({ x: [3, 4], series, bands })).toEqual([
      [3, 4],
      [1, null],
      [0, 1],
      [2, null],
    ]);
  });
});

describe("the table of a chart", () => {
  it("has the rows with a value of any line or band", () => {
    const data = periods([1, 2, 3], [2, 3, 4], [null, 5, null]);
    expect(rowsWithValues(data)).toEqual([1]);
    expect(rowsWithValues({ ...data, bands: [{ label: "b", color: "c", low: [0, null, null], high: [] }] })).toEqual([
      0, 1,
    ]);
  });

  it("selects the period of a row, or the part since the row before", () => {
    expect(rangeOfRow(periods([10, 20], [15, 25], [1, 2]), 1)).toEqual({ from: 20, to: 25 });
    const points: ChartData = { x: [10, 20], series: [] };
    expect(rangeOfRow(points, 1)).toEqual({ from: 10, to: 20 });
    expect(rangeOfRow(points, 0)).toEqual({ from: 10, to: 10 });
  });

  it("extends a selection in both directions", () => {
    expect(joinRanges({ from: 3, to: 4 }, { from: 8, to: 9 })).toEqual({ from: 3, to: 9 });
    expect(joinRanges({ from: 8, to: 9 }, { from: 3, to: 4 })).toEqual({ from: 3, to: 9 });
  });
});
