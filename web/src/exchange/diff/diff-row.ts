/** What a row says about the two sides. */
export type RowMark = "same" | "add" | "remove" | "replace";

export interface Token {
  readonly kind: "key" | "string" | "number" | "word" | "plain";
  readonly text: string;
}

/** One line of one side. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly tokens: readonly Token[];
}

/** One line of the primary beside one of the other side; null where that side has nothing. */
export interface Row {
  readonly mark: RowMark;
  readonly left: Line | null;
  readonly right: Line | null;
  /**
   * On the first row of a difference: where it is (a JSON Pointer; `line N` in text). Null on every other row.
   */
  readonly difference: string | null;
}

/** Indexes of the rows at which a difference begins. */
export function differenceRows(rows: readonly Row[]): readonly number[] {
  return rows.flatMap((row, index) => (row.difference === null ? [] : [index]));
}
