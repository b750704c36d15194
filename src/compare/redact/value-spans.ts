import type { Span } from "../../lib/text-spans.ts";

/** The properties of an assignment's name that determine where its value ends. */
export interface AssignedName {
  /** Start of the name in the text. */
  readonly start: number;
  /** The value runs to the end of its line. */
  readonly wholeLine: boolean;
  /** The name is followed by a colon, as in YAML and header blocks. */
  readonly colon: boolean;
}

const BEFORE_VALUE =
  /[=:>]{0,3}[^\S\r\n]{0,20}(?:\/\*[^*\r\n]{0,200}\*\/[ \t]{0,8}|\/\/ [^\r\n]{0,200}\r?\n\s{0,40})?(?:[!&][\w!<>:.,-]{1,50}[ \t]{1,8})?/y;
/** YAML 1.2 §8.1: the value is in the indented lines below. */
const BLOCK_HEADER = /[|>][+\-\d]{0,2}[ \t]{0,8}(?:#[^\r\n]{0,200})?(?=\r?\n)/y;
const LINE_END = /[ \t]*(?:\r?\n|$)/y;
const NEXT_LINE = /\s{1,4}(?:```\w{0,20}\r?\n)?(?=["'`[{]|[^\s:=]+={0,2}(?:\s|$))/y;
const QUOTE = /"""|'''|(\\{0,16})(["'`]|&(?:quot|apos|#34|#39|#x22|#x27);|%(?:25){0,4}2[27]|\\u002[27])/iy;
const WORD = /[^\s"'`&,;<>\\]+/y;
/** Characters that usually end a value, in positions where they do not. */
const GOES_ON = /\\\r?\n[ \t]*|\\(?!["'nrtu\\])|[,;](?!\s|$|["'[{]|[\w.-]{1,100}["']?\s?[=:])/y;
const REST_OF_LINE = /[^\r\n]+/y;
/** With the lines that RFC 9112 §5.2 calls folded. */
const HEADER_VALUE = /[^\r\n<>]+(?:\r?\n[ \t]{1,20}[^\r\n<>]+){0,20}/y;
/** The scheme can stay; the secret follows it. */
const SCHEME = /^(?:Bearer|Basic|Digest|Negotiate)$/i;
const NEXT_WORD = /[ \t]{1,4}([^\s"'`<>]+)/y;

/**
 * The spans of the value of a name: usually one, one per line for YAML lines below the name, and none without a value. Reads
 * only a few characters beyond the value.
 * @param at position after the separator
 */
export function valueSpans(text: string, at: number, name: AssignedName): readonly Span[] {
  const start = endOf(BEFORE_VALUE, text, at) ?? at;
  const key = keyPlace(text, name.start);
  const onOwnLine = name.colon && start > at ? key : undefined;

  const block = endOf(BLOCK_HEADER, text, start);
  if (block !== undefined) return linesBelow(text, block, key?.column ?? indentOf(text, at));
  if (endOf(LINE_END, text, start) !== undefined) {
    const below = start < text.length ? linesBelow(text, start, key?.column ?? indentOf(text, at)) : [];
    if (below.length > 0) return below;
    const next = endOf(NEXT_LINE, text, start);
    return next === undefined ? [] : inline(text, next, undefined, false);
  }
  return inline(text, start, onOwnLine, name.wholeLine);
}

function inline(text: string, start: number, key: KeyPlace | undefined, wholeLine: boolean): readonly Span[] {
  QUOTE.lastIndex = start;
  const quote = QUOTE.exec(text);
  if (quote !== null) {
    const from = start + quote[0].length;
    const { end, closed } = quotedEnd(text, from, quote[2] ?? quote[0], quote[1]?.length ?? 0);
    const first = end > from ? [{ start: from, end }] : [];
    // Continued on the next lines.
    return closed || key === undefined ? first : [...first, ...linesBelow(text, end, key.column)];
  }
  if (wholeLine) return spanOf(HEADER_VALUE, text, start);
  if (text[start] === "[" || text[start] === "{") {
    const end = bracketEnd(text, start);
    return [{ start, end: wordEnd(text, end, true) }];
  }
  if (key !== undefined) {
    const line = spanOf(key.inMarkup ? HEADER_VALUE : REST_OF_LINE, text, start);
    const end = line.at(-1)?.end ?? start;
    return text[end] === "<" ? line : [...line, ...linesBelow(text, end, key.column)];
  }
  const end = wordEnd(text, start);
  if (end === start) return [];
  if (SCHEME.test(text.slice(start, end))) {
    NEXT_WORD.lastIndex = end;
    const next = NEXT_WORD.exec(text)?.[1];
    if (next !== undefined) return [{ start: NEXT_WORD.lastIndex - next.length, end: NEXT_WORD.lastIndex }];
    return [];
  }
  return [{ start, end }];
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function spanOf(pattern: RegExp, text: string, start: number): readonly Span[] {
  const end = endOf(pattern, text, start);
  return end === undefined ? [] : [{ start, end }];
}

/** @param begun the value has a part before `start` */
function wordEnd(text: string, start: number, begun = false): number {
  let end = start;
  for (;;) {
    const goesOn = begun || end > start;
    const next: number | undefined = endOf(WORD, text, end) ?? (goesOn ? endOf(GOES_ON, text, end) : undefined);
    if (next === undefined) return end;
    end = next;
  }
}

/**
 * Whether a quote closes a string. A quote that is escaped n times has 2^n - 1 backslashes. The closing quote has as many,
 * after those of the value itself, which are doubled n times; a quote with fewer belongs to the surrounding text.
 */
function closes(slashes: number, ofQuote: number): boolean {
  return slashes < ofQuote || slashes % (2 * (ofQuote + 1)) === ofQuote;
}

/** Finds the closing quote: within one line, except for triple quotes. */
function quotedEnd(text: string, from: number, quote: string, slashes: number): { end: number; closed: boolean } {
  const multiline = quote === '"""' || quote === "'''";
  let behind = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (!multiline && (char === "\n" || char === "\r")) return { end: at, closed: false };
    if (char === quote[0] && closes(behind, slashes) && text.startsWith(quote, at)) {
      return { end: at - Math.min(behind, slashes), closed: true };
    }
    behind = char === "\\" ? behind + 1 : 0;
  }
  return { end: text.length, closed: false };
}

/** The position after the bracket that closes the one at `start`; the end of the text if there is none. */
function bracketEnd(text: string, start: number): number {
  let depth = 0;
  let behind = 0;
  /** Number of backslashes before the quote that opened the current string; undefined outside of strings. */
  let string: number | undefined;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') {
      if (string === undefined) string = behind;
      else if (closes(behind, string)) string = undefined;
    } else if (string === undefined) {
      if (char === "[" || char === "{") depth += 1;
      else if (char === "]" || char === "}") depth -= 1;
      if (depth === 0) return at + 1;
    }
    behind = char === "\\" ? behind + 1 : 0;
  }
  return text.length;
}

interface KeyPlace {
  readonly column: number;
  /** The name begins an element, whose tags end the value. */
  readonly inMarkup: boolean;
}

/** The column of a name that begins its line or element, possibly after the dashes of YAML lists; undefined for other names. */
function keyPlace(text: string, nameStart: number): KeyPlace | undefined {
  let lineStart = nameStart;
  while (lineStart > 0 && nameStart - lineStart < 80 && /[ \t-]/.test(text[lineStart - 1] ?? "")) lineStart -= 1;
  if (lineStart === 0 || text[lineStart - 1] === "\n") return { column: nameStart - lineStart, inMarkup: false };
  const inMarkup = /[<>]/.test(text[lineStart - 1] ?? "") || text.endsWith("CDATA[", lineStart);
  return inMarkup ? { column: 0, inMarkup } : undefined;
}

/** Called only when a line ends after `at`, so that all calls together read each line once or twice. */
function indentOf(text: string, at: number): number {
  const lineStart = at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
  return (endOf(/[ \t]*/y, text, lineStart) ?? lineStart) - lineStart;
}

const LIST_ITEM = /(?:-[ \t]+)+/y;

/** The content of the following lines that are indented further, and of list items with the same indentation. */
function linesBelow(text: string, lineEnd: number, column: number): readonly Span[] {
  const spans: Span[] = [];
  let newline = text.indexOf("\n", lineEnd);
  while (newline !== -1 && newline + 1 < text.length) {
    const start = newline + 1;
    const content = endOf(/[ \t]*/y, text, start) ?? start;
    newline = text.indexOf("\n", start);
    const line = text.slice(content, newline === -1 ? text.length : newline);
    const length = line.trimEnd().length;
    if (length === 0) continue;
    const item = endOf(LIST_ITEM, text, content);
    const indent = content - start;
    if (indent < column || (indent === column && item === undefined)) break;
    if (content + length > (item ?? content)) spans.push({ start: item ?? content, end: content + length });
  }
  return spans;
}
