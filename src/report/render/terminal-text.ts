/** Columns of a text report. Every line stays within them, whatever was captured. */
export const TEXT_WIDTH = 100;

/** Controls, and formatting characters that hide or reorder what follows them (ESC, U+202E, zero-width, tags). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** East Asian wide and emoji blocks (Unicode TR 11), roughly: what most terminals give two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}]/u;
const HIGHEST_BYTE = 0xff;

/**
 * Text that came from captured traffic, safe for a terminal: what could move the cursor, change colours, break the line or
 * reorder it becomes `\x1b` or `\u{202e}` in plain letters.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= HIGHEST_BYTE ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** Columns that an escaped text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  if (WIDE.test(character)) return 2;
  return WITHOUT_WIDTH.test(character) ? 0 : 1;
}

/** Cuts to a width, with `…` for what is lost, and fills up with spaces. */
export function fit(text: string, width: number): string {
  const cut = widthOf(text) <= width ? text : `${head(text, width - 1)}…`;
  return cut + " ".repeat(width - widthOf(cut));
}

/** Fills up with spaces on the left. Numbers are not cut: a column too narrow is better than a wrong number. */
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

/**
 * Breaks a text at spaces, and inside words that are longer than a line.
 * @param start put before the first line
 * @param indent put before each further line
 * @param width of every line, with what is put before it
 */
export function wrap(
  text: string,
  { start, indent, width }: { start: string; indent: string; width: number },
): string[] {
  const lines: string[] = [];
  let line = start;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      [line, empty] = [indent, true];
    }
    line += empty ? word : ` ${word}`;
    empty = false;
    while (widthOf(line) > width) {
      const full = head(line, width);
      lines.push(full);
      line = indent + line.slice(full.length);
    }
  }
  return [...lines, line];
}

/** A captured name in a column and what stands to its right: on the same line, or on the next if the name is too long. */
export function inColumn(name: string, columns: number, rest: string, indent: string): string[] {
  const text = escapeText(name);
  if (widthOf(text) <= columns) return [fit(text, columns) + rest];
  const lines = wrap(text, { start: indent, indent, width: TEXT_WIDTH });
  return [...lines, indent + " ".repeat(columns) + rest].map((line, index) =>
    index === 0 ? line.slice(indent.length) : line,
  );
}
