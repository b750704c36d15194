import type { LineTable } from "./line-table.ts";

/** How the sides of a row differ, by number. */
export const MARKS = ["same", "add", "remove", "replace", "move"] as const;
export type RowMark = (typeof MARKS)[number];

const NUMBERS: Readonly<Record<RowMark, number>> = { same: 0, add: 1, remove: 2, replace: 3, move: 4 };

/** A line of the primary next to a line of the other side. */
export interface DiffRows {
  /** Indexes into `MARKS`. */
  readonly marks: Uint8Array;
  /** The line of each side, from 0; -1 where that side has no line. */
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
}

/** A difference that n and p move to. */
export interface RowDifference {
  /** The row in which it starts. */
  readonly row: number;
  readonly mark: Exclude<RowMark, "same">;
  /** A JSON Pointer, or `line N` in text. */
  readonly at: string;
  /** Where a moved element is on the other side. */
  readonly to?: string | undefined;
}

/** Two bodies side by side. */
export interface BodyDiff {
  /** How the differences were found. `formatted`: by the lines of texts that were broken into lines first. */
  readonly by: "json" | "lines" | "formatted";
  readonly left: LineTable;
  readonly right: LineTable;
  readonly rows: DiffRows;
  readonly differences: readonly RowDifference[];
}

/** More differences are marked, but cannot be reached one by one; the API lists no more either. */
export const MAX_DIFFERENCES = 5_000;

/** Collects rows from top to bottom. */
export class RowBuilder {
  readonly #marks: number[] = [];
  readonly #lefts: number[] = [];
  readonly #rights: number[] = [];
  readonly #differences: RowDifference[] = [];

  /** @param left -1 for no line on this side */
  push(mark: RowMark, left: number, right: number): void {
    this.#marks.push(NUMBERS[mark]);
    this.#lefts.push(left);
    this.#rights.push(right);
  }

  /** Declares that a difference starts in the next row. */
  startDifference(mark: RowDifference["mark"], at: string, to?: string): void {
    if (this.#differences.length >= MAX_DIFFERENCES) return;
    this.#differences.push({ row: this.#marks.length, mark, at, to });
  }

  build(): Pick<BodyDiff, "rows" | "differences"> {
    return {
      rows: {
        marks: new Uint8Array(this.#marks),
        lefts: new Int32Array(this.#lefts),
        rights: new Int32Array(this.#rights),
      },
      differences: this.#differences,
    };
  }
}
