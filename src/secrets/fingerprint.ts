import { createHmac } from "node:crypto";
import { FINGERPRINT } from "../model/sample.ts";

/** Hexadecimal digits: enough to tell two secrets of one run apart, too few to recover the secret by guessing. */
const FINGERPRINT_DIGITS = 8;
/** Replaces every secret of a sample beyond a maximum number of fingerprints. Secrets with this mark do not compare as equal. */
export const ONE_OF_MANY = "[redacted:one of many]";
/** A fingerprint and nothing else: a text that only begins with one may contain another secret after it. */
const WHOLE_FINGERPRINT = /^\[redacted:(?:[\da-f]{8}|one of many)\]$/;

/**
 * Replaces a secret. Equal secrets have equal fingerprints under one key, so redacted values still compare.
 * @param key random, created for each run and never stored
 * @returns `[redacted:xxxxxxxx]`
 */
export function fingerprint(key: Uint8Array, value: string): string {
  const digits = createHmac("sha256", key).update(value).digest("hex").slice(0, FINGERPRINT_DIGITS);
  return `${FINGERPRINT}${digits}]`;
}

export function isFingerprint(text: string): boolean {
  return text.startsWith(FINGERPRINT) && WHOLE_FINGERPRINT.test(text);
}
