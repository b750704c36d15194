/** How the sides of a row differ. */
export type RowMark = "same" | "add" | "remove" | "replace";

export interface Token {
  readonly kind: "key" | "string" | "number" | "word" | "plain";
  readonly text: string;
}

/** A line of one side. */
export interface Line {
  /** Line number, from 1. */
  readonly number: number;
  readonly tokens: readonly Token[];
}

/** A line of the primary next to a line of the other side; null where that side has no line. */
export interface Row {
  readonly mark: RowMark;
  readonly left: Line | null;
  readonly right: Line | null;
  /** Location of the difference that starts in this row: a JSON Pointer, or `line N` in text. Null in other rows. */
  readonly difference: string | null;
}

/** Indexes of the rows in which a difference starts. */
export function differenceRows(rows: readonly Row[]): readonly number[] {
  return rows.flatMap((row, index) => (row.difference === null ? [] : [index]));
}
