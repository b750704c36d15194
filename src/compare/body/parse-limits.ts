/** Thrown while a body is parsed, when its tree would be too large or too deep to compare. */
export class ParseLimitError extends Error {}

/** Three trees of this size, and what masks and aligns them, fit into the heap of a compare thread. */
export const MAX_VALUES = 1_000_000;
/** The limit of browsers. The time of markup parsers grows with the square of the depth. */
export const MAX_MARKUP_DEPTH = 512;

/** What a part of a tree takes, in values. A value is a scalar: some 16 bytes. */
export const COST = {
  /** A word, a space or a character reference: a parser of HTML reads them one by one. */
  word: 1,
  /** A line, a comment, or a field of a form. */
  text: 3,
  /** An array, an object, or a number that needs exact digits. */
  container: 4,
  /** A cell of a table. */
  cell: 2,
  /** A row of a table. */
  row: 6,
  /** An attribute of an element, or a field of a message. */
  field: 3,
  /** An element of XML, a nested message, or an event. Their parsers need several objects for each. */
  element: 10,
  /** An element of HTML: the document that a browser builds, besides the tree. */
  htmlElement: 20,
  /** A part of a multipart body, with its headers. */
  part: 30,
} as const;

/** Limits what the trees of one body take, so that memory depends on their size and not on that of the body. */
export class ParseBudget {
  #left: number;

  constructor(values = MAX_VALUES) {
    this.#left = values;
  }

  /** @throws ParseLimitError */
  take(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw new ParseLimitError("too many values to compare");
  }
}

export function tooDeep(): ParseLimitError {
  return new ParseLimitError("nested too deeply to compare");
}
