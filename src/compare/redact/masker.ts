import { looksLikeCredential } from "../../secrets/credential-shapes.ts";
import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";

/** Replaces secrets by fingerprints, for one sample. */
export interface Masker {
  /** The fingerprint of a value that is secret as a whole. A fingerprint is returned unchanged. */
  readonly whole: (value: string) => string;
  /** A text with every secret in it replaced; the same text when there is none. */
  readonly text: (text: string) => string;
  /** A member's key as it can be shown and stored. */
  readonly key: (key: string, belowSensitive: boolean) => string;
}

/** No credential is shorter. */
const MIN_CREDENTIAL_CHARS = 12;
const PLAIN_WORD = /^[A-Za-z_$][A-Za-z_$-]{0,31}$/;

/**
 * Whether a member's key must not be shown: it has the shape of a credential; or it is below a sensitive name and no plain
 * word, as in `{"tokens": {"9f3a…": {}}}`; or it contains a pair, as in `{"session:9f3a…": {}}`.
 */
export function isSecretKey(key: string, belowSensitive: boolean): boolean {
  return (
    (key.length >= MIN_CREDENTIAL_CHARS && looksLikeCredential(key)) ||
    (belowSensitive && !PLAIN_WORD.test(key)) ||
    isPair(key)
  );
}

function isPair(key: string): boolean {
  return /[=:]|%3[ad]/i.test(key) && isSensitiveEncodedName(key);
}
