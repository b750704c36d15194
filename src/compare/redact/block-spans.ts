import type { Span } from "../../lib/text-spans.ts";
import { isSensitiveEncodedName, isSensitiveName } from "../../secrets/sensitive-names.ts";

const SECTION = /^[ \t]*\[{1,2}([^[\]\r\n]{1,100})\]{1,2}[ \t]*\r?$/gm;
const SECTION_VALUE = /^[^=:#;\r\n]{1,100}[=:][ \t]*["']?([^"'\r\n]{1,2000})/gm;

/** INI and TOML: the values below `[credentials]`, to the next section. */
export function sectionSpans(text: string): Span[] {
  const sections = [...text.matchAll(SECTION)];
  return sections.flatMap(({ index, 0: line, 1: name = "" }, at) => {
    if (!isSensitiveEncodedName(name)) return [];
    const start = index + line.length;
    return groupSpans(SECTION_VALUE, text.slice(start, sections[at + 1]?.index), start);
  });
}

const HEREDOC =
  /(?<![\w.-])([\w.-]{1,100})["']?[ \t]{0,8}[:=][^\r\n<]{0,40}<<[-~]?[ \t]?["']?(\w{1,30})["']?[^\r\n]{0,40}\r?\n/g;
/** A quote that is closed on one of the next lines. */
const OPEN_QUOTE = /(?<![\w.-])([\w.-]{1,100})[ \t]{0,8}=[ \t]{0,8}(["'])([^"'\r\n]{0,2000})\r?\n/g;
const MAX_BLOCK_CHARS = 4_000;

/** Values of several lines: here-documents, and quotes of a shell. */
export function multilineSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: head, 1: name = "", 2: word = "" } of text.matchAll(HEREDOC)) {
    const start = index + head.length;
    if (start <= (spans.at(-1)?.end ?? 0) || !isSensitiveName(name)) continue;
    const end = text.slice(start, start + MAX_BLOCK_CHARS).search(new RegExp(`^[ \\t]*${word}\\b`, "m"));
    spans.push({ start, end: end === -1 ? Math.min(text.length, start + MAX_BLOCK_CHARS) : start + end });
  }
  let last = 0;
  for (const { index, 0: head, 1: name = "", 2: quote = "", 3: first = "" } of text.matchAll(OPEN_QUOTE)) {
    const lineEnd = index + head.length;
    if (lineEnd <= last || !isSensitiveName(name)) continue;
    const length = text.slice(lineEnd, lineEnd + MAX_BLOCK_CHARS).indexOf(quote);
    if (length === -1) continue;
    last = lineEnd + length;
    spans.push({ start: lineEnd - first.length - 1, end: last });
  }
  return spans;
}

const INSERT = /\binsert\s{1,10}(?:ignore\s{1,10})?into\s[^(;]{0,200}\(([^()]{1,2000})\)\s{0,50}values\b/gi;
const LITERAL = /N?'((?:[^'\\]|''|\\.){1,2000})'|"([^"]{1,2000})"/g;

/** `INSERT INTO users (name, password) VALUES ('a', 'S')`: the texts of a statement with a sensitive column. */
export function insertSpans(text: string): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const { index, 0: head, 1: columns = "" } of text.matchAll(INSERT)) {
    if (index < done || !isSensitiveName(columns)) continue;
    const start = index + head.length;
    const end = text.indexOf(";\n", start);
    done = end === -1 ? text.length : end;
    spans.push(...groupSpans(LITERAL, text.slice(start, done), start));
  }
  return spans;
}

const BEFORE_NAME = /(["'`])([^"'`\r\n]{1,200})\1 (?=(?:for|is|was|in|as|of) ([^\r\n]{1,60}))/g;

/** Messages that name the value first: `Duplicate entry 'S' for key 'users.api_token'`. */
export function valueFirstSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 2: value = "", 3: rest = "" } of text.matchAll(BEFORE_NAME)) {
    if (isSensitiveName(rest)) spans.push({ start: index + 1, end: index + 1 + value.length });
  }
  return spans;
}

/** The spans of what the first group of a pattern matches, or its second. */
function groupSpans(pattern: RegExp, text: string, offset: number): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: match, 1: first, 2: value = first ?? "" } of text.matchAll(pattern)) {
    const start = offset + index + match.lastIndexOf(value);
    spans.push({ start, end: start + value.length });
  }
  return spans;
}
