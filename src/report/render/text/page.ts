import { createPaint, type Paint } from "./terminal-color.ts";
import { DEFAULT_WIDTH, inColumn, wrap, type LinePrefixes } from "./terminal-text.ts";

/** What the sections of a text report are laid out for. */
export interface Page {
  readonly paint: Paint;
  /** Columns. No line is wider, whatever was captured. */
  readonly width: number;
  /** Breaks an escaped text at spaces, and within words that are longer than a line. */
  wrap(text: string, prefixes: LinePrefixes): string[];
  /** A captured name in a column, with `rest` to its right or on the next line. */
  inColumn(name: string, columns: number, rest: string, indent: string): string[];
}

/** Tables need this much; a narrower terminal wraps their lines. */
const MIN_WIDTH = 72;
/** Longer lines of prose are hard to read. */
const MAX_WIDTH = 120;

/** @param terminalWidth columns of the terminal; undefined for a file or a pipe */
export function createPage(color: boolean, terminalWidth: number | undefined): Page {
  const width = Math.min(Math.max(terminalWidth ?? DEFAULT_WIDTH, MIN_WIDTH), MAX_WIDTH);
  return {
    paint: createPaint(color),
    width,
    wrap: (text, prefixes) => wrap(text, { ...prefixes, width }),
    inColumn: (name, columns, rest, indent) => inColumn(name, columns, rest, { indent, width }),
  };
}
