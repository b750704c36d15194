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
