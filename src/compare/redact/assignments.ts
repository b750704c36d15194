import { isSensitiveName, percentDecoded } from "../../secrets/sensitive-names.ts";
import { isPairName, isPairValue } from "./name-value.ts";
import { valueSpans, type Span } from "./value-spans.ts";

/** What stands between a name and its value: plain, percent-encoded however often, as an HTML entity, escaped for a script. */
const SEPARATOR = /[=:]|%(?:25){0,4}3[ad]|&#(?:61|58);|\\u003[ad]/gi;
/** What ends a name when one walks back from the separator. Quotes, brackets and percent signs may belong to it. */
const NAME_ENDS: ReadonlySet<string> = new Set("=:?&,;{}()<>/|#` \t\r\n\f\v");
const ENTITY_QUOTES: readonly string[] = ["&quot;", "&apos;", "&#34;", "&#39;", "&#x22;", "&#x27;"];
const MAX_NAME_CHARS = 100;
const MAX_SPACES = 4;
/** Their values are lists with separators of their own: `Cookie: a=1; b=2`. */
const WHOLE_LINE = /^(?:(?:set-)?cookie|(?:proxy-)?authorization)$/i;
/** A value that names what another one holds: `"name": "password"`. Also where quotes are escaped. */
const NAME_VALUE = /[=:>]{0,3}\s{0,4}(?:\\{0,16}["'`]|&quot;|&#34;)?([\w.-]{1,100})/y;
/** How far apart `name` and `value` may stand. */
const MAX_PAIR_GAP = 100;
const MAX_VALUE_BEFORE_NAME = 2_048;

interface Edit extends Span {
  readonly text: string;
}

/**
 * Replaces every value that stands behind a sensitive name: `password=S`, `password: S` with what YAML puts below it,
 * `"password":"S"`, `{"name":"password","value":"S"}`. Each separator is looked at by itself, so a harmless name hides
 * nothing of what follows it. Time grows with the length: a separator is looked at once, a name never reaches back over
 * another separator, and the text of a value is passed once.
 */
export function maskAssignments(text: string, mask: (value: string) => string): string {
  const edits: Edit[] = [];
  /** Behind the last separator or value: no name reaches back beyond. */
  let floor = 0;
  let namedUntil = -1;
  let valueBefore: number | undefined;
  const hide = (spans: readonly Span[]): void => {
    for (const { start, end } of spans) edits.push({ start, end, text: mask(text.slice(start, end)) });
  };

  SEPARATOR.lastIndex = 0;
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    const after = found.index + found[0].length;
    const name = nameBefore(text, floor, found.index);
    const word = name.word.toLowerCase();
    const isValue = isPairValue(word);
    floor = after;
    if (name.sensitive || (isValue && after < namedUntil)) {
      const spans = valueSpans(text, after, {
        ...name,
        wholeLine: WHOLE_LINE.test(lastPart(word)),
        colon: found[0] === ":",
      });
      hide(spans);
      floor = spans.at(-1)?.end ?? after;
      valueBefore = undefined;
    } else if (isPairName(word) && namesSecret(text, after)) {
      namedUntil = after + MAX_PAIR_GAP + MAX_NAME_CHARS;
      if (valueBefore !== undefined) hideBefore(text, valueBefore, name.start, edits, hide);
      valueBefore = undefined;
    } else if (isValue) valueBefore = after;
    SEPARATOR.lastIndex = floor;
  }
  return applied(text, edits);
}

interface Name {
  /** Without quotes and what else surrounds it. */
  readonly word: string;
  readonly start: number;
  readonly sensitive: boolean;
}

function nameBefore(text: string, floor: number, at: number): Name {
  let end = at;
  while (end > floor && at - end < MAX_SPACES && isSpace(text[end - 1])) end -= 1;
  if (end > floor && text[end - 1] === "]") end -= 1;
  const entity = ENTITY_QUOTES.find((quote) => text.endsWith(quote, end));
  if (entity !== undefined) end = Math.max(floor, end - entity.length);
  const limit = Math.max(floor, end - MAX_NAME_CHARS);
  const start = wordStart(text, limit, end);
  const word = bare(text.slice(start, end));
  // A fingerprint has a colon too.
  if (text.startsWith("[redacted", start)) return { word, start, sensitive: false };
  // `API Key: S`
  const twoWords = text[start - 1] === " " && /\w/.test(text[start - 2] ?? "") && /\w/.test(text[start] ?? "");
  const first = twoWords ? wordStart(text, limit, start - 1) : start;
  return { word, start: first, sensitive: [word, lastPart(word), bare(text.slice(first, end))].some(isSensitive) };
}

function isSensitive(name: string): boolean {
  return isSensitiveName(percentDecoded(name));
}

function wordStart(text: string, limit: number, end: number): number {
  let start = end;
  while (start > limit && !NAME_ENDS.has(text[start - 1] ?? "")) start -= 1;
  return start;
}

function bare(name: string): string {
  return name.replaceAll(/^\W+|\W+$/g, "");
}

/** `document.cookie` is a cookie, and so is `headers["cookie"]`. */
function lastPart(name: string): string {
  return /[\w-]+$/.exec(name)?.[0] ?? "";
}

function isSpace(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}

function namesSecret(text: string, after: number): boolean {
  NAME_VALUE.lastIndex = after;
  return isSensitiveName(NAME_VALUE.exec(text)?.[1] ?? "");
}

/** `"value":"S","name":"password"` tells what the value is when it has been passed. */
function hideBefore(
  text: string,
  valueAt: number,
  nameAt: number,
  edits: Edit[],
  hide: (spans: readonly Span[]) => void,
): void {
  if (nameAt - valueAt > MAX_VALUE_BEFORE_NAME) return;
  const before = text.slice(valueAt, nameAt);
  const [span] = valueSpans(before, 0, { start: 0, wholeLine: false, colon: false });
  if (span === undefined || before.length - span.end > MAX_PAIR_GAP || /[{}]/.test(before.slice(span.end))) return;
  const start = valueAt + span.start;
  while ((edits.at(-1)?.start ?? -1) >= start) edits.pop();
  hide([{ start, end: valueAt + span.end }]);
}

function applied(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const out: string[] = [];
  let written = 0;
  for (const edit of edits) {
    out.push(text.slice(written, edit.start), edit.text);
    written = edit.end;
  }
  out.push(text.slice(written));
  return out.join("");
}
