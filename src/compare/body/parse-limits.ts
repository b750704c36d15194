/** Thrown while a body is parsed, when its tree would be too large or too deep to compare. */
export class ParseLimitError extends Error {}

/** Two trees of this size fit into the heap of a compare thread. */
export const MAX_VALUES = 1_500_000;
/** The limit of browsers. The time of markup parsers grows with the square of the depth. */
export const MAX_MARKUP_DEPTH = 512;
/** Markup elements, table rows and nested messages: each becomes one or more objects. */
export const MAX_ELEMENTS = 300_000;

export function tooManyValues(): ParseLimitError {
  return new ParseLimitError("too many values to compare");
}

export function tooDeep(): ParseLimitError {
  return new ParseLimitError("nested too deeply to compare");
}
