import type { Span } from "../../lib/text-spans.ts";
import { FINGERPRINT } from "../../model/sample.ts";
import { isSensitiveLabel, sensitiveWords } from "../../secrets/sensitive-names.ts";

/** How far after the name of a credential its value is searched for, in characters. */
const REACH_CHARS = 120;
/** A name close to the start of its line, followed only by punctuation, names the content of the next line. */
const LABEL_START_CHARS = 40;
const TOKEN = /[^\s"'`<>,;(){}[\]|=:&?!]+/g;
const QUOTED = /\w{0,20}\\?["'`]?[\s\w:;,()$>|?&+.[\]{}<=!*/#@~-]{1,40}\\?["'`]([^"'`\r\n]{1,500})/y;
const ARGUMENT = /[\w-]{0,30}(?:[ \t]+|=)["']?([^\s"']{1,500})/y;
const IDENTIFIER = /^[-_.](?=.*\d)(?=.*[A-Za-z])(?!v\d)[A-Za-z\d]{8,}$/;
const MIN_TOKEN_CHARS = 5;
const LONG_TOKEN_CHARS = 24;

/**
 * In text without a known structure: what follows the name of a credential on its line and does not look like a word, as in
 * `invalid token 5f3a9c`, `password is hunter2`, or `PASSWORD hunter2`.
 */
export function nearbySpans(text: string): Span[] {
  const spans: Span[] = [];
  let floor = 0;
  for (const { index, 0: word } of sensitiveWords(text)) {
    const quoted = quotedSpan(text, index, index + word.length);
    if (quoted !== undefined) spans.push(quoted);
    if (floor >= index + word.length + REACH_CHARS) continue;
    const from = Math.max(floor, index + word.length);
    const to = reachOf(text, index, index + word.length);
    if (to <= from) continue;
    TOKEN.lastIndex = from;
    for (let token = TOKEN.exec(text); token !== null && token.index < to; token = TOKEN.exec(text)) {
      // No token is read twice.
      floor = TOKEN.lastIndex;
      // The rest of the name itself, as in `token_count`, unless markup without its tags glued the value to it, or `session-5f3a9c01`.
      const isName = token.index === index + word.length;
      if (
        (isName ? looksGlued(token[0]) || IDENTIFIER.test(token[0]) : looksRandom(token[0])) &&
        !text.startsWith(FINGERPRINT, token.index - 1)
      ) {
        spans.push({ start: token.index, end: TOKEN.lastIndex });
      }
    }
  }
  return spans;
}

/** A quoted value, or the argument of an option: `PASSWORD 'S'`, `(:password "S")`, `--password S`. */
function quotedSpan(text: string, wordStart: number, wordEnd: number): Span | undefined {
  const isOption = /--?[\w-]{0,30}$/.test(text.slice(Math.max(0, wordStart - 32), wordStart));
  const pattern = isOption ? ARGUMENT : QUOTED;
  pattern.lastIndex = wordEnd;
  const [all = "", value = ""] = pattern.exec(text) ?? [];
  const end = wordEnd + all.length;
  return value === "" || value.startsWith(FINGERPRINT) ? undefined : { start: end - value.length, end };
}

function reachOf(text: string, wordStart: number, wordEnd: number): number {
  const limit = Math.min(text.length, wordEnd + REACH_CHARS);
  const rest = text.slice(wordEnd, limit);
  const lineEnd = rest.search(/[\r\n]/);
  if (lineEnd === -1) return limit;
  const lineStart = text.slice(Math.max(0, wordStart - LABEL_START_CHARS), wordStart);
  const isLabelLine =
    /^[^\w\r\n]*(?:(?:is|are|was|here|below)\b[^\w\r\n]*)?$/.test(rest.slice(0, lineEnd)) &&
    (wordStart <= LABEL_START_CHARS || lineStart.includes("\n"));
  if (!isLabelLine) return wordEnd + lineEnd;
  const next = /^[^\r\n]*[\r\n\s]+[^\r\n]*/.exec(rest);
  return wordEnd + (next?.[0].length ?? lineEnd);
}

/** Letters and digits mixed, capitals inside a word, or longer than words are. */
function looksRandom(token: string): boolean {
  if (token.length < MIN_TOKEN_CHARS) return false;
  if (/\d/.test(token) && /[^\d.,/-]/.test(token)) return true;
  return (
    token.length >= LONG_TOKEN_CHARS ||
    (token.length >= 8 && /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(token)) ||
    /^\d{6,}$/.test(token)
  );
}

function looksGlued(rest: string): boolean {
  return rest.length >= 6 && /^[^-_.]*\d[^-_.]*$/.test(rest) && /\d[a-z]/i.test(rest);
}

/** Separators of the columns in a plain-text table; two spaces or more where columns are aligned. */
const COLUMN_SEPARATORS: readonly RegExp[] = [/\t/g, /\|/g, /;/g, /,/g, / {2,}/g];
const MAX_COLUMNS = 200;

/** In text without a known structure: the cells below a sensitive column title, while the number of columns stays the same. */
export function columnSpans(text: string): Span[] {
  const spans: Span[] = [];
  let table: { readonly separator: RegExp; readonly count: number; readonly secret: readonly number[] } | undefined;
  let start = 0;
  for (const line of text.split(text.includes("\n") ? "\n" : "\r")) {
    const cells = table === undefined ? [] : cellsOf(line, start, table.separator);
    if (table !== undefined && (isRule(line) || cells.length >= Math.min(table.count, 2))) {
      const sameShape = cells.length === table.count;
      for (const [at, cell] of cells.entries()) {
        if (!isRule(line) && (!sameShape || table.secret.includes(at))) spans.push(cell);
      }
    } else table = tableFrom(line, start);
    start += line.length + 1;
  }
  return spans;
}

function tableFrom(line: string, start: number) {
  for (const separator of COLUMN_SEPARATORS) {
    const cells = cellsOf(line, start, separator);
    if (cells.length < 2 || cells.length > MAX_COLUMNS) continue;
    const titles = cells.map((cell) => line.slice(cell.start - start, cell.end - start));
    const secret = titles.flatMap((title, at) => (isTitle(title) && isSensitiveLabel(title) ? [at] : []));
    if (secret.length > 0 && titles.every(isTitle)) return { separator, count: cells.length, secret };
  }
  return undefined;
}

function isTitle(text: string): boolean {
  return (
    text === "" || (text.length <= 60 && /^["'*_]{0,2}[\p{L}_$@][\p{L}\p{N}_ .:/()#%$€&;\\-]*["'*_]{0,2}$/u.test(text))
  );
}

/** A line between the titles and the rows of a table. */
function isRule(line: string): boolean {
  return /^[-=+|: ]+\r?$/.test(line) && /[-=]/.test(line);
}

/** The trimmed cells of a line, with their positions in the text. */
function cellsOf(line: string, start: number, separator: RegExp): Span[] {
  const cells: Span[] = [];
  const add = (from: number, to: number): void => {
    const cell = line.slice(from, to);
    const trimmed = cell.trim();
    const first = from + (trimmed === "" ? 0 : cell.indexOf(trimmed));
    cells.push({ start: start + first, end: start + first + trimmed.length });
  };
  let from = 0;
  for (const { index, 0: match } of line.matchAll(separator)) {
    add(from, index);
    from = index + match.length;
    if (cells.length > MAX_COLUMNS) return cells;
  }
  add(from, line.length);
  return cells;
}
