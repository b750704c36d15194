import { eastAsianWidth } from "get-east-asian-width";
import { formatCount } from "../../../presentation/words/number-format.ts";

/** Columns of text for a file or a pipe. */
export const DEFAULT_WIDTH = 100;

/** Control characters, and formatting characters that hide or reorder what follows them (ESC, U+202E, zero-width, tags). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const COMBINING = /[\p{Mn}\p{Me}]/u;
const HIGHEST_BYTE = 0xff;

/**
 * Escapes text from captured traffic for a terminal: characters that could move the cursor, change colors, break the line or
 * reorder it become `\x1b` or `\u{202e}`.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= HIGHEST_BYTE ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** The columns that an escaped text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  return COMBINING.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
}

/** Cuts a text to a width, with `…` at the cut, and pads it with spaces. */
export function fit(text: string, width: number): string {
  const cut = widthOf(text) <= width ? text : `${head(text, width - 1)}…`;
  return cut + " ".repeat(width - widthOf(cut));
}

/** Pads with spaces on the left. Numbers are not cut: a column that is too narrow is better than a wrong number. */
export function fitRight(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

function head(text: string, width: number): string {
  let taken = "";
  let columns = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > width) break;
    taken += character;
  }
  return taken;
}

export interface LinePrefixes {
  /** Of the first line. */
  readonly start: string;
  /** Of all other lines. */
  readonly indent: string;
}

interface WrapOptions extends LinePrefixes {
  /** Of every line, with its prefix. */
  readonly width?: number;
}

/** Breaks a text at spaces, and within words that are longer than a line. */
export function wrap(text: string, { start, indent, width = DEFAULT_WIDTH }: WrapOptions): string[] {
  const lines: string[] = [];
  let line = start;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      [line, isEmpty] = [indent, true];
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
    while (widthOf(line) > width) {
      const full = head(line, width);
      lines.push(full);
      line = indent + line.slice(full.length);
    }
  }
  return [...lines, line];
}

/** A captured name in a column, with `rest` to its right: on the same line, or on the next one if the name is too long. */
export function inColumn(
  name: string,
  columns: number,
  rest: string,
  { indent, width }: { readonly indent: string; readonly width: number },
): string[] {
  const text = escapeText(name);
  if (widthOf(text) <= columns) return [fit(text, columns) + rest];
  const lines = wrap(text, { start: indent, indent, width });
  return [...lines, indent + " ".repeat(columns) + rest].map((line, index) =>
    index === 0 ? line.slice(indent.length) : line,
  );
}

/** Parts that are never broken, two spaces apart, on as few lines as they take. */
export function wrapParts(parts: readonly string[], { indent, width }: { indent: string; width: number }): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 2 + widthOf(part) <= width) lines[lines.length - 1] = `${last}  ${part}`;
    else lines.push(indent + part);
  }
  return lines;
}

/** More endpoints are counted. */
const MAX_NAMED = 20;

/** `GET /a, GET /b and 3 more` */
export function nameEndpoints(endpoints: readonly { readonly endpoint: string }[]): string {
  const named = endpoints.slice(0, MAX_NAMED).map(({ endpoint }) => endpoint);
  const rest = endpoints.length - named.length;
  return rest === 0 ? named.join(", ") : `${named.join(", ")} and ${formatCount(rest)} more`;
}
