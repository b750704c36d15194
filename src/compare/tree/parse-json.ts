import { splitLazily } from "../../lib/split-lazily.ts";
import { COST, type ParseBudget } from "../body/parse-limits.ts";
import { parseNumber } from "./exact-number.ts";
import { Duplicates, type Json, type JsonObject } from "./json-tree.ts";

/** A number with this many digits and points, or with an exponent, can lose digits as a double. */
const LOSSY_CHARS = 16;
const NUMBER_TOKEN = /-?[\d.eE+-]+/y;

/**
 * Parses JSON without losing digits or duplicate keys, at any depth without recursion. `JSON.parse` validates the text and
 * parses most documents; this parser reads the others, because no library keeps both exact numbers and duplicate keys.
 * @param budget limits the tree; undefined for a text that has a limit already
 * @param bytes the text in UTF-8
 * @returns undefined when the text is not valid JSON
 * @throws ParseLimitError before any value is parsed
 */
export function parseJson(text: string, budget?: ParseBudget, bytes = Buffer.from(text)): ReadJson | undefined {
  const { members, values } = scan(bytes);
  budget?.take(values);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const isPlain = members === countMembers(value);
  return { value: isPlain ? value : parseExact(text), isPlain };
}

interface ReadJson {
  readonly value: Json;
  /** It has neither exact numbers nor repeated keys: `JSON.parse` returned it. */
  readonly isPlain: boolean;
}

/** Starts each text of a JSON text sequence. */
const RECORD_SEPARATOR = "\u001E";

/** Without white space after it, a number or a keyword may have been cut off (RFC 7464 §2.4). */
const MAY_BE_CUT = /[\w+.-]$/;

const NOT_BLANK = /[^ \t\r\n]/;

/**
 * Splits JSON Lines at line feeds, and a JSON text sequence (RFC 7464) at its record separators. In a sequence, a text can
 * span several lines.
 */
export function jsonSeparator(mediaType: string): string {
  return mediaType.endsWith("json-seq") ? RECORD_SEPARATOR : "\n";
}

/** Whether a piece between separators holds no text. Other white space than that of JSON is not blank. */
export function isBlankJson(text: string): boolean {
  return !NOT_BLANK.test(text);
}

/**
 * Parses NDJSON, JSON Lines and JSON text sequences to an array of values. Blank lines are ignored.
 * @param separator see `jsonSeparator`
 * @returns undefined when one of the texts is not valid JSON, or a sequence does not begin with its separator or is cut off
 * @throws ParseLimitError
 */
export function parseJsonLines(text: string, separator: string, budget: ParseBudget): Json[] | undefined {
  const values: Json[] = [];
  let isBeforeSequence = separator === RECORD_SEPARATOR;
  for (const part of splitLazily(text, separator)) {
    const isBlank = isBlankJson(part);
    if (isBeforeSequence && !isBlank) return undefined;
    isBeforeSequence = false;
    if (isBlank) continue;
    if (separator === RECORD_SEPARATOR && MAY_BE_CUT.test(part)) return undefined;
    budget.take(COST.text);
    const parsed = parseJson(part, budget);
    if (parsed === undefined) return undefined;
    values.push(parsed.value);
  }
  return values;
}

/** The position of the closing quote of the string that starts at `start`; -1 when the text ends first. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

const QUOTE = 0x22;
const POINT = 0x2e;
const COMMA = 0x2c;
const COLON = 0x3a;
const CAPITAL_E = 0x45;
/** `[` with this bit is `{`. */
const LOWER = 0x20;
const OPEN_BRACE = 0x7b;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

interface TextCounts {
  /** Undefined when the result of `JSON.parse` may be wrong. */
  readonly members: number | undefined;
  /** What the tree takes, in values; see `COST`. */
  readonly values: number;
}

/**
 * Counts the members in a valid JSON text by the colons outside of strings, and its values. The result of `JSON.parse` may be
 * wrong for numbers that can lose digits, and for keys with an escape: after V8 has parsed an object whose key contains a
 * backslash, it can confuse another key with it (Node 26.10: after `{"\\":0}`, `{"\"":0}` has the key `\`).
 * One pass over the bytes takes a quarter of the time of three searches in the text.
 */
function scan(bytes: Buffer): TextCounts {
  let members = 0;
  let values = 1;
  let isExact = true;
  /** Whether the last string contains an escape. */
  let hasEscape = false;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at] as number;
    if (byte === QUOTE) {
      hasEscape = false;
      for (at += 1; at < bytes.length && (byte = bytes[at] as number) !== QUOTE; at += 1) {
        if (byte !== BACKSLASH) continue;
        hasEscape = true;
        at += 1;
      }
    } else if (byte === COMMA) values += 1;
    else if (byte === COLON) {
      if (hasEscape) isExact = false;
      members += 1;
    } else if (isDigit(byte)) {
      const start = at;
      while (isDigit(byte) || byte === POINT) byte = bytes[(at += 1)] as number;
      if (at - start >= LOSSY_CHARS || byte === SMALL_E || byte === CAPITAL_E) {
        isExact = false;
        values += COST.container;
      }
      at -= 1;
    } else if ((byte | LOWER) === OPEN_BRACE) values += COST.container;
  }
  return { members: isExact ? members : undefined, values };
}

/** Counts the members of a parsed value. There are fewer than in the text when a key is repeated. */
function countMembers(root: Json): number {
  let members = 0;
  const open: Json[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) {
      for (const child of value) if (typeof child === "object" && child !== null) open.push(child);
      continue;
    }
    if (typeof value !== "object" || value === null) continue;
    // `for in` avoids a key list. Values from `JSON.parse` have no inherited enumerable members.
    for (const key in value as JsonObject) {
      members += 1;
      const child = (value as JsonObject)[key] as Json;
      if (typeof child === "object" && child !== null) open.push(child);
    }
  }
  return members;
}

interface Frame {
  readonly container: Json[] | JsonObject;
  /** The key of the next value. */
  key: string | undefined;
}

/** Parses a text that `JSON.parse` has accepted, so it does not validate. */
function parseExact(text: string): Json {
  const frames: Frame[] = [];
  let root: Json = null;
  let at = 0;

  const emit = (value: Json): void => {
    const frame = frames.at(-1);
    if (frame === undefined) root = value;
    else if (Array.isArray(frame.container)) frame.container.push(value);
    else {
      put(frame.container, frame.key ?? "", value);
      frame.key = undefined;
    }
  };
  const open = (container: Json[] | JsonObject): void => {
    emit(container);
    frames.push({ container, key: undefined });
  };

  while (at < text.length) {
    switch (text.charAt(at)) {
      case '"': {
        const end = endOfString(text, at);
        const token = text.slice(at, end + 1);
        const value = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
        const frame = frames.at(-1);
        const isKey = frame !== undefined && !Array.isArray(frame.container) && frame.key === undefined;
        if (isKey) frame.key = value;
        else emit(value);
        at = end + 1;
        break;
      }
      case "{":
      case "[":
        // An object without a prototype, so `__proto__` is a key like any other.
        open(text[at] === "[" ? [] : (Object.create(null) as JsonObject));
        at += 1;
        break;
      case "}":
      case "]":
        frames.pop();
        at += 1;
        break;
      case "t":
      case "n":
        emit(text[at] === "t" ? true : null);
        at += 4;
        break;
      case "f":
        emit(false);
        at += 5;
        break;
      case ",":
      case ":":
      case " ":
      case "\n":
      case "\r":
      case "\t":
        at += 1;
        break;
      default: {
        NUMBER_TOKEN.lastIndex = at;
        const source = NUMBER_TOKEN.exec(text)?.[0] ?? text.slice(at);
        emit(parseNumber(source));
        at += source.length;
      }
    }
  }
  return root;
}

function put(object: JsonObject, key: string, value: Json): void {
  const before = object[key];
  if (before === undefined) object[key] = value;
  else if (before instanceof Duplicates) before.values.push(value);
  else object[key] = new Duplicates([before, value]);
}
