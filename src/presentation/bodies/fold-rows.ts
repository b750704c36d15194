import type { DiffRows } from "./row-builder.ts";

/** Which rows are shown: changes with context, changes only, or everything. */
export type RowMode = "context" | "changes" | "all";

/** Rows from `from` up to, but not including, `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Consecutive rows that are shown, or a gap of unchanged ones. */
export interface FoldedPart extends RowRange {
  readonly isGap: boolean;
}

/** Unchanged rows that are shown before and after a change. */
const CONTEXT_ROWS = 3;
/** Unchanged rows that are shown per click. */
export const STEP_ROWS = 20;

/**
 * Splits the rows into parts near a change and gaps between them.
 * @param opened ranges of unchanged rows that are shown all the same
 */
export function foldRows({ marks }: DiffRows, mode: RowMode, opened: readonly RowRange[]): readonly FoldedPart[] {
  if (mode === "all") return marks.length === 0 ? [] : [{ isGap: false, from: 0, to: marks.length }];
  const context = mode === "changes" ? 0 : CONTEXT_ROWS;
  const shown = new Uint8Array(marks.length);
  for (const [row, mark] of marks.entries()) {
    if (mark !== 0) shown.fill(1, Math.max(0, row - context), row + context + 1);
  }
  for (const { from, to } of opened) shown.fill(1, from, to);
  const parts: FoldedPart[] = [];
  for (let from = 0; from < shown.length;) {
    let to = shown.indexOf(1 - (shown[from] ?? 0), from);
    if (to === -1) to = shown.length;
    // Without changes there is nothing to be near to.
    parts.push({ isGap: shown[from] === 0, from, to });
    from = to;
  }
  return parts;
}

/** Lines that a table can have: a list of a million would take longer than a frame. */
export const MAX_LINES = 100_000;

/** A line on the screen: a row or, in the unified layout, a side of it; or a gap. */
export interface ShownLine {
  readonly row: number;
  readonly side: "left" | "right" | "both";
  /** The gap of unchanged rows that starts at `row`. */
  readonly gap?: RowRange | undefined;
}

/**
 * The first `MAX_LINES` lines on the screen from top to bottom, or a few more. In the unified layout, a block of changed rows is all lines of the left side, then
 * all of the right.
 * @param starts rows in which a difference starts: each starts a block
 */
export function shownLines(
  rows: DiffRows,
  parts: readonly FoldedPart[],
  layout: "split" | "unified",
  starts: ReadonlySet<number>,
): ShownLine[] {
  const lines: ShownLine[] = [];
  for (const { isGap, from, to: end } of parts) {
    if (lines.length >= MAX_LINES) break;
    const to = isGap ? end : Math.min(end, from + MAX_LINES - lines.length);
    if (isGap) lines.push({ row: from, side: "both", gap: { from, to } });
    else if (layout === "split") for (let row = from; row < to; row += 1) lines.push({ row, side: "both" });
    else addUnified(lines, rows, { from, to }, starts);
  }
  return lines;
}

function addUnified(lines: ShownLine[], rows: DiffRows, { from, to }: RowRange, starts: ReadonlySet<number>): void {
  for (let row = from; row < to;) {
    if (rows.marks[row] === 0) {
      lines.push({ row, side: "both" });
      row += 1;
      continue;
    }
    let end = row + 1;
    while (end < to && rows.marks[end] !== 0 && !starts.has(end)) end += 1;
    for (let at = row; at < end; at += 1) if ((rows.lefts[at] ?? -1) >= 0) lines.push({ row: at, side: "left" });
    for (let at = row; at < end; at += 1) if ((rows.rights[at] ?? -1) >= 0) lines.push({ row: at, side: "right" });
    row = end;
  }
}
