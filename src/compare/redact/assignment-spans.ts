import type { Span } from "../../lib/text-spans.ts";
import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";
import { isPairName, isPairValue } from "./name-value-pairs.ts";
import { valueSpans } from "./value-spans.ts";

/** Separates a name from its value. Encoded separators have been decoded, see `decodedLayers`. */
const SEPARATOR = /[=:\uff1a\uff1d\u2192\u21d2]|->/g;
/**
 * Characters that end a name when it is read backward from the separator. Quotes, brackets and percent signs can be part of it.
 */
const NAME_ENDS: ReadonlySet<string> = new Set("=:?&,;{}()<>/|#` \t\r\n\f\v");
const MAX_NAME_CHARS = 100;
const MAX_SPACES = 4;
/** Names whose values are lists with separators: `Cookie: a=1; b=2`. */
const WHOLE_LINE = /^(?:[\w-]{0,40}-)?(?:cookie2?|authorization)$/i;
/** A value that names the content of another: `"name": "password"`. Also with escaped quotes. */
const NAME_VALUE = /[=:>]{0,3}\s{0,4}\\{0,16}["'`]?(?:[\w-]{1,20}'[\w-]{0,10}')?([\w .%-]{1,100})/y;
const PART_BODY =
  /[^\r\n]{1,200}\r?\n(?:[\w-]{1,50}:[^\r\n]{0,200}\r?\n){0,5}\r?\n([^\r\n]+(?:\r?\n(?!--)[^\r\n]*){0,200})/y;
/** Maximum distance between `name` and `value`, in characters. */
const MAX_PAIR_GAP = 100;
const MAX_VALUE_BEFORE_NAME = 2_048;

/**
 * The values of all assignments to sensitive names in a text: `password=S`, `password: S` with the lines that YAML puts below
 * it, `"password":"S"`, `{"name":"password","value":"S"}`. Each separator is examined on its own, so a harmless name hides
 * nothing that follows it. Linear in the length of the text: a separator is examined once, a name never reaches back over
 * another separator, and the text of a value is passed once.
 */
export function assignmentSpans(text: string): Span[] {
  const found: Span[] = [];
  /** After the last separator or value: no name reaches back beyond it. */
  let floor = 0;
  let namedUntil = -1;
  let valueBefore: number | undefined;

  SEPARATOR.lastIndex = 0;
  for (let separator = SEPARATOR.exec(text); separator !== null; separator = SEPARATOR.exec(text)) {
    const after = separator.index + separator[0].length;
    const name = nameBefore(text, floor, separator.index);
    const word = name.word.toLowerCase();
    const isValue = isPairValue(lastPart(word));
    floor = after;
    if (name.sensitive || (isValue && after < namedUntil)) {
      const spans = valueSpans(text, after, {
        ...name,
        wholeLine: WHOLE_LINE.test(lastPart(word)),
        colon: separator[0] !== "=",
      });
      for (const span of spans) found.push(span);
      floor = spans.at(-1)?.end ?? after;
      valueBefore = undefined;
    } else if (isPairName(lastPart(word)) && namesSecretAt(text, after)) {
      namedUntil = after + MAX_PAIR_GAP + MAX_NAME_CHARS;
      if (valueBefore !== undefined) found.push(...spanBefore(text, valueBefore, name.start));
      valueBefore = undefined;
      const body = partBodySpan(text, after);
      if (body !== undefined) {
        found.push(body);
        floor = body.end;
      }
    } else if (isValue) valueBefore = after;
    SEPARATOR.lastIndex = floor;
  }
  return found;
}

interface Name {
  /** The name without the quotes and brackets around it. */
  readonly word: string;
  readonly start: number;
  readonly sensitive: boolean;
}

function nameBefore(text: string, floor: number, at: number): Name {
  let end = at;
  while (end > floor && at - end < MAX_SPACES && isSpace(text[end - 1])) end -= 1;
  if (end > floor && text[end - 1] === "]") end -= 1;
  const limit = Math.max(floor, end - MAX_NAME_CHARS);
  const start = wordStart(text, limit, end);
  const word = bare(text.slice(start, end));
  // A fingerprint has a colon too.
  if (text.startsWith("[redacted", start)) return { word, start, sensitive: false };
  // `API Key: S`
  const twoWords = text[start - 1] === " " && /\w/.test(text[start - 2] ?? "") && /\w/.test(text[start] ?? "");
  const first = twoWords ? wordStart(text, limit, start - 1) : start;
  return {
    word,
    start: first,
    sensitive: [word, lastPart(word), bare(text.slice(first, end))].some(isSensitiveEncodedName),
  };
}

function wordStart(text: string, limit: number, end: number): number {
  let start = end;
  while (start > limit && !NAME_ENDS.has(text[start - 1] ?? "")) start -= 1;
  return start;
}

function bare(name: string): string {
  return name.replaceAll(/^[^\p{L}\p{N}_]+|[^\p{L}\p{N}_]+$/gu, "");
}

/** `document.cookie` is a cookie, and so is `headers["cookie"]`. */
function lastPart(name: string): string {
  return /[\w-]+$/.exec(name)?.[0] ?? "";
}

function isSpace(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}

function namesSecretAt(text: string, after: number): boolean {
  NAME_VALUE.lastIndex = after;
  return isSensitiveEncodedName(NAME_VALUE.exec(text)?.[1] ?? "");
}

/** The body of a part, to the next boundary: `Content-Disposition: form-data; name="password"`, a blank line, and the value. */
function partBodySpan(text: string, after: number): Span | undefined {
  PART_BODY.lastIndex = after;
  const [all = "", line = ""] = PART_BODY.exec(text) ?? [];
  return line === "" ? undefined : { start: after + all.length - line.length, end: after + all.length };
}

/** In `"value":"S","name":"password"` the name comes after its value. */
function spanBefore(text: string, valueAt: number, nameAt: number): readonly Span[] {
  if (nameAt - valueAt > MAX_VALUE_BEFORE_NAME) return [];
  const before = text.slice(valueAt, nameAt);
  const [span] = valueSpans(before, 0, { start: 0, wholeLine: false, colon: false });
  if (span === undefined || before.length - span.end > MAX_PAIR_GAP || /[{}]/.test(before.slice(span.end))) return [];
  return [{ start: valueAt + span.start, end: valueAt + span.end }];
}
