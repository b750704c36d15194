import { describe, expect, it } from "vitest";
import { foldRows, shownLines } from "../../../src/presentation/bodies/fold-rows.ts";
import type { DiffRows } from "../../../src/presentation/bodies/row-builder.ts";

/** Rows by mark: 0 same, 1 added, 2 removed, 3 changed. */
function rowsOf(marks: readonly number[]): DiffRows {
  const without = (mark: number) => Int32Array.from(marks, (each, row) => (each === mark ? -1 : row));
  return { marks: Uint8Array.from(marks), lefts: without(1), rights: without(2) };
}

const TWENTY = rowsOf(Array.from({ length: 20 }, (_, row) => (row === 10 ? 3 : 0)));

function drawParts(...args: Parameters<typeof foldRows>): string[] {
  return foldRows(...args).map(({ isGap, from, to }) => `${isGap ? "gap" : "rows"} ${from}-${to}`);
}

describe("foldRows", () => {
  it("folds rows that are more than three rows away from a change", () => {
    expect(drawParts(TWENTY, "context", [])).toEqual(["gap 0-7", "rows 7-14", "gap 14-20"]);
  });

  it("shows nothing but changes, or everything", () => {
    expect(drawParts(TWENTY, "changes", [])).toEqual(["gap 0-10", "rows 10-11", "gap 11-20"]);
    expect(drawParts(TWENTY, "all", [])).toEqual(["rows 0-20"]);
  });

  it("keeps what was opened, and folds a body without changes as one gap", () => {
    expect(drawParts(TWENTY, "changes", [{ from: 11, to: 15 }])).toEqual(["gap 0-10", "rows 10-15", "gap 15-20"]);
    expect(drawParts(rowsOf([0, 0, 0]), "context", [])).toEqual(["gap 0-3"]);
    expect(drawParts(rowsOf([]), "context", [])).toEqual([]);
  });

  it("has every row once, in order, in any mode", () => {
    const rows = rowsOf(Array.from({ length: 500 }, (_, row) => (row % 37 === 0 ? 2 : 0)));
    for (const mode of ["context", "changes", "all"] as const) {
      const parts = foldRows(rows, mode, [{ from: 100, to: 140 }]);
      expect(parts.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at))).toEqual(
        Array.from({ length: 500 }, (_, row) => row),
      );
    }
  });
});

describe("shownLines", () => {
  it("ends after 100,000 lines", () => {
    const rows = rowsOf(Array.from({ length: 250_000 }, () => 0));
    expect(shownLines(rows, foldRows(rows, "all", []), "split", new Set())).toHaveLength(100_000);
  });

  it("lists the left lines of a changed block before the right ones in the unified layout", () => {
    const rows = rowsOf([0, 3, 3, 1, 0]);
    const parts = foldRows(rows, "all", []);
    const draw = (starts: number[]) =>
      shownLines(rows, parts, "unified", new Set(starts)).map(({ row, side }) => `${row} ${side}`);
    expect(draw([1])).toEqual(["0 both", "1 left", "2 left", "1 right", "2 right", "3 right", "4 both"]);
    // Each difference is a block of its own.
    expect(draw([1, 2])).toEqual(["0 both", "1 left", "1 right", "2 left", "2 right", "3 right", "4 both"]);
  });
});
