import { createHmac } from "node:crypto";

/**
 * Names of fields, parameters and members whose values are credentials: the whole names, and words that a credential's
 * name usually contains (`X-Api-Key`, `access_token`, `sessionId`, `creditCardNumber`).
 */
const SENSITIVE =
  /^(?:authorization|cookie|set-cookie|proxy-authorization)$|passw(?:or)?d|secret|token|session|api.*key|credit.*card/i;

/** Whether a value under this name (header, query parameter, form field, JSON member) must not reach the store. */
export function isSensitiveName(name: string): boolean {
  return SENSITIVE.test(name);
}

/** More than a few words: an encoded URL, JSON, markup, whatever else may hold pairs of its own. */
const NESTED = /[^\w\s.,+-]/;
/** Names that count only as a whole where they are names, and as words within a text. */
const CREDENTIAL_FIELD = /\b(?:authorization|cookie)\b/i;
const USER_INFO = /:\/\/[^\s/?#@]{1,256}@/;

/** Whether the value of a pair (query parameter, form field) must not reach the store, by its name or by what is nested in it. */
export function holdsSecret(name: string, value: string): boolean {
  if (isSensitiveName(percentDecoded(name))) return true;
  // An address in an address is encoded twice.
  const text = percentDecoded(percentDecoded(value));
  return NESTED.test(text) && (isSensitiveName(text) || CREDENTIAL_FIELD.test(text) || USER_INFO.test(text));
}

/** A text without its percent-encoding (RFC 3986 §2.1). Not every percent sign begins an escape; what can be read is read. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, 16)),
    );
  }
}

/** Hexadecimal digits: enough that two secrets of one run are told apart, too few to find the secret by guessing alone. */
const FINGERPRINT_DIGITS = 8;

/**
 * What stands for a secret: equal secrets have equal fingerprints under one key, so equality still compares.
 * @param key random, made anew for each run and never stored
 * @returns `[redacted:xxxxxxxx]`
 */
export function fingerprint(key: Uint8Array, value: string): string {
  const digits = createHmac("sha256", key).update(value).digest("hex").slice(0, FINGERPRINT_DIGITS);
  return `[redacted:${digits}]`;
}
