import type { BodyDiff } from "./row-builder.ts";
import type { Span } from "./inline-changes.ts";
import { lineCount, type LineTable } from "./line-table.ts";

/** A found text. */
export interface Match {
  readonly row: number;
  readonly side: "left" | "right";
}

/** More are not counted. */
export const MAX_MATCHES = 10_000;

function pattern(query: string): RegExp {
  return new RegExp(query.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`), "gi");
}

/** Where a text occurs in a line; upper and lower case are the same. */
export function findInText(text: string, query: string): Span[] {
  if (query === "") return [];
  return [...text.matchAll(pattern(query))].map(({ index, 0: found }) => ({ from: index, to: index + found.length }));
}

/** The lines in which a text occurs. */
function matchingLines(table: LineTable, query: string): Set<number> {
  const lines = new Set<number>();
  const { text, starts } = table;
  let line = 0;
  for (const { index } of text.matchAll(pattern(query))) {
    while (line < lineCount(table) && (starts[line + 1] ?? 0) <= index) line += 1;
    lines.add(line);
    if (lines.size >= MAX_MATCHES) break;
  }
  return lines;
}

/** The rows in which a text occurs, from top to bottom, folded ones too. A row that is the same on both sides counts once. */
export function findInDiff({ left, right, rows }: BodyDiff, query: string): Match[] {
  if (query === "") return [];
  const [lefts, rights] = [matchingLines(left, query), matchingLines(right, query)];
  const matches: Match[] = [];
  for (let row = 0; row < rows.marks.length && matches.length < MAX_MATCHES; row += 1) {
    const isLeft = lefts.has(rows.lefts[row] ?? -1);
    if (isLeft) matches.push({ row, side: "left" });
    if (rights.has(rows.rights[row] ?? -1) && !(isLeft && rows.marks[row] === 0)) matches.push({ row, side: "right" });
  }
  return matches;
}
