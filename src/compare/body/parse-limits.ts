/** Thrown while a body is lifted: it is more than is worth building. */
export class ParseLimitError extends Error {}

/** Two trees of this size fit a compare thread's heap. */
export const MAX_VALUES = 1_500_000;
/** As browsers: what opens deeper costs parsers the square of it. */
export const MAX_MARKUP_DEPTH = 512;
/** Elements of markup, rows of tables, messages in messages: each makes an object or several. */
export const MAX_ELEMENTS = 300_000;

export function tooManyValues(): ParseLimitError {
  return new ParseLimitError("too many values to compare");
}

export function tooDeep(): ParseLimitError {
  return new ParseLimitError("nested too deeply to compare");
}
