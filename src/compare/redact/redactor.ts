import { replaceSpans } from "../../lib/text-spans.ts";
import { maskCookieAttribute } from "../../secrets/cookie-attributes.ts";
import { FINGERPRINT } from "../../model/sample.ts";
import { fingerprint, isFingerprint, ONE_OF_MANY } from "../../secrets/fingerprint.ts";
import { isSensitiveName } from "../../secrets/sensitive-names.ts";
import { ParseBudget, ParseLimitError } from "../body/parse-limits.ts";
import { ExactNumber } from "../tree/exact-number.ts";
import { Duplicates, type Json } from "../tree/json-tree.ts";
import { parseJson } from "../tree/parse-json.ts";
import { freeTextSpans } from "./free-text.ts";
import { maskJsonText } from "./mask-json.ts";
import { isSecretKey, type Masker } from "./masker.ts";

/** Renderings are short; the sampled body has the rest. */
const MAX_RENDERED_CHARS = 200;
/** How much of a text is masked for a rendering. */
const MAX_MASKED_CHARS = 8_192;
/** The same for two texts that are compared: what differs can be far from the start. */
const MAX_MASKED_PAIR_CHARS = 262_144;
/** How much is shown before the first difference of two texts that are cut. */
const SHOWN_BEFORE = 60;
/** A body made of secrets must not take a thread for seconds: a fingerprint costs about 10 µs. */
const MAX_FINGERPRINTS = 5_000;
/** JSON strings may hold JSON again; beyond this depth it is masked as text. */
const MAX_JSON_IN_TEXT = 4;
const LIKE_JSON = /^\s*[{[]/;
/** Without a match, and without the name of a credential, a text contains no secret; this rules out most texts. */
const SUSPICIOUS =
  /[@\\%&/]|=3D|[\w+.=-]{16}|Basic|Digest|Negotiate|ApiKey|Hawk|NTLM|BEGIN |OAuth|\s-[-a-z]|pass:|IDENTIFIED|\$/i;

export interface Redactor extends Masker {
  /** The value of a header field. Capture has removed secrets by name; this removes those with the shape of one. */
  readonly field: (name: string, value: string) => string;
  /** A short rendering of a JSON value: scalars as JSON, containers by their size. */
  readonly value: (value: Json, sensitive: boolean) => string;
  /** The beginning of a text, masked before it is cut to its last length so that no part of a secret remains. */
  readonly short: (text: string) => string;
  /** Two texts that differ: like `short`, but both begin shortly before their first difference if that would be cut off. */
  readonly shortPair: (left: string, right: string) => readonly [string, string];
  /** Two values that differ, like `value` and `shortPair`. */
  readonly valuePair: (left: Json, right: Json, sensitive: boolean) => readonly [string, string];
}

/** For one sample: the number of fingerprints has a bound. @param key of the run: all threads share it */
export function createRedactor(key: Uint8Array): Redactor {
  const masker = createMasker(key);
  const short = (text: string): string => clip(masker.text(text.slice(0, MAX_MASKED_CHARS)));
  const maskPair = (left: string, right: string): readonly [string, string] => {
    const [a, b] = [left, right].map((text) => masker.text(text.slice(0, MAX_MASKED_PAIR_CHARS))) as [string, string];
    const isCut = Math.max(left.length, right.length) > MAX_MASKED_PAIR_CHARS;
    // What was cut at its end can be a part of a secret.
    const safe = Math.min(a.length, b.length) - (isCut ? MAX_MASKED_CHARS : 0);
    const start = startOfDifference(a, b, safe);
    return start === 0 ? [a, b] : [`…${a.slice(start)}`, `…${b.slice(start)}`];
  };
  const value: Redactor["value"] = (shown, sensitive) => {
    if (typeof shown === "string") return clip(JSON.stringify(sensitive ? masker.whole(shown) : short(shown)));
    if (typeof shown === "number" || shown instanceof ExactNumber) {
      const spelled = shown instanceof ExactNumber ? shown.source : String(shown);
      return sensitive ? masker.whole(spelled) : clip(spelled);
    }
    if (typeof shown === "boolean" || shown === null) return String(shown);
    if (shown instanceof Duplicates) return `${shown.values.length} values under one key`;
    if (Array.isArray(shown)) return count(shown.length, "element");
    return count(Object.keys(shown).length, "member");
  };
  return {
    ...masker,
    short,
    shortPair: (left, right) => {
      const [a, b] = maskPair(left, right);
      return [clip(a), clip(b)];
    },
    value,
    valuePair: (left, right, sensitive) => {
      if (sensitive || typeof left !== "string" || typeof right !== "string") {
        return [value(left, sensitive), value(right, sensitive)];
      }
      const [a, b] = maskPair(left, right);
      return [clip(JSON.stringify(clip(a))), clip(JSON.stringify(clip(b)))];
    },
    field: (name, value) =>
      name.toLowerCase() === "set-cookie" ? maskCookie(value, masker) : maskField(name, value, masker),
  };
}

function createMasker(key: Uint8Array): Masker {
  const known = new Map<string, string>();
  let depth = 0;
  const whole = (value: string): string => {
    if (value === "" || isFingerprint(value)) return value;
    const before = known.get(value);
    if (before !== undefined) return before;
    if (known.size >= MAX_FINGERPRINTS) return ONE_OF_MANY;
    const mark = fingerprint(key, value);
    known.set(value, mark);
    return mark;
  };
  const masker: Masker = {
    whole,
    key: (name, belowSensitive) => (isSecretKey(name, belowSensitive) ? whole(name) : name),
    text: (text) => {
      if (!SUSPICIOUS.test(text) && !isSensitiveName(text)) return text;
      const parsed = depth < MAX_JSON_IN_TEXT && LIKE_JSON.test(text) ? parseEmbedded(text) : undefined;
      if (parsed === undefined) return replaceSpans(text, freeTextSpans(text), whole);
      depth += 1;
      try {
        return maskJsonText(text, parsed.value, masker);
      } finally {
        depth -= 1;
      }
    },
  };
  return masker;
}

/** JSON in a string. @returns undefined for a text that is not JSON, or too large: it is searched as text */
function parseEmbedded(text: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(text, new ParseBudget());
  } catch (error) {
    if (error instanceof ParseLimitError) return undefined;
    throw error;
  }
}

function maskField(name: string, value: string, masker: Masker): string {
  return isSensitiveName(name) && !value.includes(FINGERPRINT) ? masker.whole(value) : masker.text(value);
}

/** The attributes of a cookie stay readable, and comparable when a sample is compared again. */
function maskCookie(line: string, { whole, text }: Masker): string {
  const [pair = "", ...attributes] = line.split(";");
  const equals = pair.indexOf("=");
  const name = equals === -1 ? "" : `${text(pair.slice(0, equals))}=`;
  return [
    name + whole(pair.slice(equals + 1).trim()),
    ...attributes.map((attribute) => maskCookieAttribute(attribute, text, whole)),
  ].join(";");
}

function count(size: number, what: string): string {
  const noun = size === 1 ? what : `${what}s`;
  return what === "element" ? `array of ${size} ${noun}` : `object of ${size} ${noun}`;
}

/** Where to begin two texts so that their first difference is shown; 0 if it is near the start, or beyond `limit`. */
function startOfDifference(a: string, b: string, limit: number): number {
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at < MAX_RENDERED_CHARS - SHOWN_BEFORE || at > limit || (at === a.length && at === b.length)) return 0;
  const start = at - SHOWN_BEFORE;
  const isLowSurrogate = (a.charCodeAt(start) & 0xfc00) === 0xdc00;
  return isLowSurrogate ? start - 1 : start;
}

function clip(text: string): string {
  return text.length > MAX_RENDERED_CHARS ? `${text.slice(0, MAX_RENDERED_CHARS)}…` : text;
}
