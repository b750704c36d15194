/** The line is followed by a comma. */
export const COMMA = 1;
/** The line opens an object or array that a later line closes. */
export const OPENS = 2;
export const CLOSES = 4;
/** The container that the line opens or closes, or that is empty on it, is an array. */
export const ARRAY = 8;

/**
 * The lines of one side. They are one text with arrays of numbers, so that a megabyte travels from the worker to the page as a
 * few copies of memory instead of 100,000 objects.
 */
export interface LineTable {
  /** The lines without indentation and trailing comma, each followed by a line feed. */
  readonly text: string;
  /** Where each line starts in `text`; one more than there are lines. */
  readonly starts: Uint32Array;
  /** Levels of indentation. */
  readonly depths: Uint32Array;
  readonly flags: Uint8Array;
  /** The length of the quoted key at the start of a line of JSON; 0 without a key. */
  readonly keyLengths: Uint32Array;
  /** The line that closes what a line opens; otherwise the line itself. */
  readonly ends: Uint32Array;
}

export function lineCount(table: LineTable): number {
  return table.starts.length - 1;
}

/** A line without indentation and trailing comma. */
export function lineText({ text, starts }: LineTable, line: number): string {
  return text.slice(starts[line], (starts[line + 1] ?? 1) - 1);
}

export function hasFlag({ flags }: LineTable, line: number, flag: number): boolean {
  return ((flags[line] ?? 0) & flag) !== 0;
}

/** Collects lines from top to bottom. */
export class LineBuilder {
  readonly #lines: string[] = [];
  readonly #depths: number[] = [];
  readonly #flags: number[] = [];
  readonly #keyLengths: number[] = [];
  readonly #ends: number[] = [];

  get count(): number {
    return this.#lines.length;
  }

  add(text: string, depth = 0, flags = 0, keyLength = 0): void {
    this.#ends.push(this.#lines.length);
    this.#lines.push(text);
    this.#depths.push(depth);
    this.#flags.push(flags);
    this.#keyLengths.push(keyLength);
  }

  addFlags(line: number, flags: number): void {
    this.#flags[line] = (this.#flags[line] ?? 0) | flags;
  }

  /** Joins a text to the last line: the bracket of an empty container. */
  append(text: string, flags: number): void {
    const last = this.#lines.length - 1;
    this.#lines[last] += text;
    this.#flags[last] = flags;
  }

  /** Declares that the last line closes what `line` opens. */
  close(line: number): void {
    this.#ends[line] = this.#lines.length - 1;
  }

  build(): LineTable {
    const starts = new Uint32Array(this.#lines.length + 1);
    let at = 0;
    for (let line = 0; line < this.#lines.length; line += 1)
      starts[line + 1] = at += (this.#lines[line] ?? "").length + 1;
    return {
      text: this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`,
      starts,
      depths: new Uint32Array(this.#depths),
      flags: new Uint8Array(this.#flags),
      keyLengths: new Uint32Array(this.#keyLengths),
      ends: new Uint32Array(this.#ends),
    };
  }
}

/** The lines of a text as they are; an empty text has no lines. */
export function plainLines(text: string): LineTable {
  const lines = new LineBuilder();
  if (text !== "") for (const line of text.split("\n")) lines.add(line);
  return lines.build();
}
