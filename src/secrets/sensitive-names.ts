import { LRUCache } from "lru-cache";
import { fullyDecoded, percentDecoded } from "./decoded-text.ts";

/**
 * Words that the names of credentials contain: `X-Api-Key`, `access_token`, `sessionId`, `creditCardNumber`, `user.password`.
 * To treat more names as sensitive, add a word here. Every alternative is linear in the length of the text.
 */
const SENSITIVE_WORDS =
  "pass[-_\\s.]?w(?:or)?[dt]|passwd|pass[-_\\s]?phrase|pass[-_\\s]?code|\\bpwd|pwd\\b|secret|token|session|(?<!access-control-allow-)credential|" +
  "api[-_\\s.]{0,3}(?:[a-z]{1,20}[-_\\s.]{0,3})?key|credit.{0,10}card|(?:private|access|account|signing|encryption|shared)[-_\\s.]{0,3}key|" +
  "authorization|authentication[-_ ]?(?:info|header)|(?:^|[^a-z])x[-_]auth\\b|\\bbearer\\b|\\bjwt\\b|(?<![a-z])[cx]srf(?![a-z])|\\bcv[vc]2?\\b|" +
  "(?<![a-z])(?:otp|ssn)(?![a-z])|social[-_\\s]?security|" +
  "cookie2?(?=$|[\"'\\s=:\\]>,;(&])|cookie[-_ ]?(?:value|data|header|string|jar)|x-(?:amz|goog)-signature";
const SENSITIVE = new RegExp(SENSITIVE_WORDS, "i");
const WORDS_IN_TEXT = new RegExp(SENSITIVE_WORDS, "gi");
/** Invisible characters: soft hyphen, zero-width characters, byte order mark; and what replaces an invalid byte. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]|[\u0300-\u036f]/g;
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/;
const MAX_LABEL_CHARS = 100;
const MAX_LABEL_WORDS = 5;
/** Cached results: the elements of a list repeat the same names. */
const KNOWN_NAMES = new LRUCache<string, boolean>({ max: 2_000 });

/** Whether a value under this name (header, query parameter, form field, JSON member) must not reach the store. */
export function isSensitiveName(name: string): boolean {
  return SENSITIVE.test(ASCII.test(name) ? name : name.normalize("NFKD").replaceAll(INVISIBLE, ""));
}

/** Like `isSensitiveName`, for a name that may be spelled with escapes: `pass%77ord`, `pass&#119;ord`, `pass\u0077ord`. */
export function isSensitiveEncodedName(name: string): boolean {
  const known = KNOWN_NAMES.get(name);
  if (known !== undefined) return known;
  const isSensitive = isSensitiveName(name) || isSensitiveName(fullyDecoded(name));
  if (name.length <= MAX_LABEL_CHARS) KNOWN_NAMES.set(name, isSensitive);
  return isSensitive;
}

/** Whether a short text labels the text next to it: `Password:`, `API key`. Sentences are not labels. */
export function isSensitiveLabel(text: string): boolean {
  if (text.length > MAX_LABEL_CHARS || !isSensitiveEncodedName(text)) return false;
  const label = text.trim();
  if (/[=:]$/.test(label)) return true;
  // It already has its value.
  if (/[=:]\s*\S/.test(label) && !/^\w+:\w+$/.test(label)) return false;
  return !/[.!?]$/.test(label) && label.split(/\s+/).length <= MAX_LABEL_WORDS;
}

/** Where a text mentions the name of a credential. */
export function sensitiveWords(text: string): Iterable<RegExpExecArray> {
  return text.matchAll(WORDS_IN_TEXT);
}

/** More than a few words: an encoded URL, JSON, markup, or another text with name-value pairs of its own. */
const NESTED = /[^\w\s.,+-]/;
const USER_INFO = /\/\/[^\s/?#@]{1,256}@/;

/** Whether the value of a pair (query parameter, form field) must not reach the store, by its name or by its nested content. */
export function holdsSecret(name: string, value: string): boolean {
  if (isSensitiveEncodedName(name) || isSensitiveName(name.replaceAll("+", " "))) return true;
  // A URL within a URL is encoded twice.
  const text = percentDecoded(percentDecoded(value));
  return NESTED.test(text) && (isSensitiveEncodedName(text) || USER_INFO.test(text));
}
