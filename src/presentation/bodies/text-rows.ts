import { diffArrays } from "diff";
import { lineCount, lineText, type LineTable } from "./line-table.ts";
import type { RowBuilder, RowMark } from "./row-builder.ts";

/** Texts with more edits are shown as replaced: time and memory of the search grow with the square of the edits. */
const MAX_EDITS = 1_000;
/** The time for the search. */
const MAX_MS = 500;

/** Lines from `from` up to, but not including, `to`. */
interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Consecutive lines that are equal on both sides, or that only one of the sides has. */
interface Hunk {
  readonly isSame: boolean;
  readonly left: number;
  readonly right: number;
}

function linesOf(table: LineTable, { from, to }: LineRange): string[] {
  return Array.from({ length: to - from }, (_, at) => lineText(table, from + at));
}

function middleHunks(left: string[], right: string[]): readonly Hunk[] {
  const replaced = [{ isSame: false, left: left.length, right: right.length }];
  if (left.length === 0 || right.length === 0) return left.length + right.length === 0 ? [] : replaced;
  const changes = diffArrays(left, right, { maxEditLength: MAX_EDITS, timeout: MAX_MS });
  if (changes === undefined) return replaced;
  const hunks: Hunk[] = [];
  for (const { added, removed, count } of changes) {
    const hunk = { isSame: !added && !removed, left: added ? 0 : count, right: removed ? 0 : count };
    const last = hunks.at(-1);
    // A removal followed by an addition is a replacement.
    if (last === undefined || last.isSame || hunk.isSame) hunks.push(hunk);
    else hunks[hunks.length - 1] = { isSame: false, left: last.left + hunk.left, right: last.right + hunk.right };
  }
  return hunks;
}

function lineHunks(left: readonly string[], right: readonly string[]): readonly Hunk[] {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  return [
    { isSame: true, left: head, right: head },
    ...middleHunks(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    { isSame: true, left: tail, right: tail },
  ];
}

/**
 * Adds the lines of two ranges side by side, compared line by line.
 * @param onHunk called before the rows of each difference, with the first line of the left side
 */
export function addTextRows(
  rows: RowBuilder,
  tables: { readonly left: LineTable; readonly right: LineTable },
  ranges: { readonly left: LineRange; readonly right: LineRange },
  onHunk: (mark: Exclude<RowMark, "same">, line: number) => void,
): void {
  let [left, right] = [ranges.left.from, ranges.right.from];
  for (const hunk of lineHunks(linesOf(tables.left, ranges.left), linesOf(tables.right, ranges.right))) {
    const paired = Math.min(hunk.left, hunk.right);
    if (!hunk.isSame) onHunk(paired > 0 ? "replace" : hunk.left > 0 ? "remove" : "add", left);
    for (let at = 0; at < Math.max(hunk.left, hunk.right); at += 1) {
      if (at < paired) rows.push(hunk.isSame ? "same" : "replace", left + at, right + at);
      else if (at < hunk.left) rows.push("remove", left + at, -1);
      else rows.push("add", -1, right + at);
    }
    left += hunk.left;
    right += hunk.right;
  }
}

/** All lines of a side. */
export function entireRange(table: LineTable): LineRange {
  return { from: 0, to: lineCount(table) };
}
