import { clipLine, CONTEXT_CHARS } from "./clip-line.ts";
import { findInText } from "./find-in-lines.ts";
import { inlineChanges, type Span } from "./inline-changes.ts";
import { COMMA, hasFlag, lineText, type LineTable } from "./line-table.ts";
import { MARKS, type BodyDiff, type RowMark } from "./row-builder.ts";
import { jsonTokens, linePieces, type Piece, type Token } from "./line-pieces.ts";

export function markOf({ rows }: BodyDiff, row: number): RowMark {
  return MARKS[rows.marks[row] ?? 0] ?? "same";
}

/** What a side shows in a row; undefined where it has no line. */
export interface ShownText {
  /** From 1. */
  readonly number: number;
  readonly depth: number;
  readonly pieces: readonly Piece[];
}

function withComma(table: LineTable, line: number): string {
  return lineText(table, line) + (hasFlag(table, line, COMMA) ? "," : "");
}

interface ViewOptions {
  readonly find: string;
  /** Characters around each change in a long line. */
  readonly context: number;
}

/** Prepares a line of one side for the screen. Only visible rows are prepared: marks inside lines cost time. */
export function shownText(
  diff: BodyDiff,
  row: number,
  side: "left" | "right",
  { find, context }: ViewOptions = { find: "", context: CONTEXT_CHARS },
): ShownText | undefined {
  const { left, right, rows, by } = diff;
  const table = side === "left" ? left : right;
  const line = (side === "left" ? rows.lefts : rows.rights)[row] ?? -1;
  if (line < 0) return undefined;
  const value = lineText(table, line);
  const text = withComma(table, line);
  const changes = changesInside(diff, row)[side];
  const found = findInText(text, find);
  const tokens: readonly Token[] =
    by === "json" || table.keyLengths[line] !== 0 ? jsonTokens(value, table.keyLengths[line] ?? 0) : [];
  const parts = clipLine(text.length, [...changes, ...found], context);
  return {
    number: line + 1,
    depth: table.depths[line] ?? 0,
    pieces: linePieces(text, { tokens, changes, found, parts }),
  };
}

const NONE: { readonly left: readonly Span[]; readonly right: readonly Span[] } = { left: [], right: [] };

function changesInside({ left, right, rows }: BodyDiff, row: number): typeof NONE {
  const [a, b] = [rows.lefts[row] ?? -1, rows.rights[row] ?? -1];
  return MARKS[rows.marks[row] ?? 0] === "replace" && a >= 0 && b >= 0
    ? inlineChanges(lineText(left, a), lineText(right, b))
    : NONE;
}
