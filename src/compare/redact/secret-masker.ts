import { fingerprint, isSensitiveName, percentDecoded } from "../../secrets/sensitive-names.ts";
import { maskAssignments } from "./assignments.ts";
import { maskMarkup } from "./markup-masker.ts";
import { redactJson } from "./redact-json.ts";

/** What has the form of a credential wherever it stands. Every alternative is linear in the length of the text. */
const CREDENTIAL =
  /\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{18,}|\bxox[abeoprs]-[\w-]{10,}|\b[sr]k_(?:live|test)_\w{10,}|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\sA-Za-z0-9+/=:,-]{0,20000}/g;
const AUTHORIZATION = /\b(Bearer|Basic|Digest|Negotiate)(\s{1,4})((?=[\w+/.~:-]*[\d=])[\w+/.~=:-]{8,})/gi;
const USER_INFO = /(:\/\/)([^\s/?#@"'<>]{1,256})(?=@)/g;
/** How a fingerprint begins. */
export const FINGERPRINT = "[redacted:";
/** A fingerprint and nothing else: what only begins like one may be a secret behind another. */
const IS_FINGERPRINT = /^\[redacted:(?:[\da-f]{8}|one of many)\]$/;
const PLAIN_WORD = /^[A-Za-z_$][A-Za-z_$-]{0,31}$/;

/** Whether a text has the form of a credential, whatever it is called. */
export function looksLikeCredential(text: string): boolean {
  return text.search(CREDENTIAL) !== -1;
}

/**
 * Whether a member's key must not be shown: it has the form of a credential; or it stands somewhere below a sensitive
 * name and is no plain word, as in `{"tokens": {"9f3a…": {}}}`; or it holds a pair, as in `{"session:9f3a…": {}}`.
 */
export function isSecretKey(key: string, belowSensitive: boolean): boolean {
  return looksLikeCredential(key) || (belowSensitive && !PLAIN_WORD.test(key)) || isPair(key);
}

function isPair(key: string): boolean {
  return /[=:]|%3[ad]/i.test(key) && isSensitiveName(percentDecoded(key));
}

export interface Masker {
  /** Stands for a value that is secret as a whole; what is a fingerprint already stays. */
  readonly whole: (value: string) => string;
  /** A text with every credential look-alike and every value under a sensitive name replaced; without any, the same text. */
  readonly text: (text: string) => string;
  /** A member's key as it may be shown and stored. */
  readonly key: (key: string, belowSensitive: boolean) => string;
}

/** Text in JSON may be JSON again. Bounded, for a text that is cut may look nested as often as it has quotes. */
const MAX_JSON_IN_TEXT = 4;
/** Also when it is broken or was cut. */
const LIKE_JSON = /^\s*[{[]/;

/** A body made of secrets must not take a thread for seconds: a fingerprint costs some 10 µs. */
const MAX_FINGERPRINTS = 5_000;

/**
 * For one sample: after a bound on fingerprints, secrets get one common mark.
 * @param key of the run: the same secret has the same fingerprint in all threads
 */
export function createMasker(key: Uint8Array): Masker {
  let made = 0;
  let depth = 0;
  const whole = (value: string): string => {
    if (IS_FINGERPRINT.test(value)) return value;
    made += 1;
    return made > MAX_FINGERPRINTS ? `${FINGERPRINT}one of many]` : fingerprint(key, value);
  };
  const passes: readonly ((text: string) => string)[] = [
    (text) => text.replace(CREDENTIAL, whole),
    (text) =>
      text.replace(AUTHORIZATION, (_, scheme: string, gap: string, value: string) => scheme + gap + whole(value)),
    (text) => text.replace(USER_INFO, (_, before: string, value: string) => before + whole(value)),
    (text) => maskMarkup(text, whole),
    (text) => maskAssignments(text, whole),
  ];
  const masker: Masker = {
    whole,
    key: (key, belowSensitive) => (isSecretKey(key, belowSensitive) ? whole(key) : key),
    text: (text) => {
      // Secrets stand under JSON's keys, whose spelling the patterns may not know.
      const json = depth < MAX_JSON_IN_TEXT && LIKE_JSON.test(text);
      if (!json) return passes.reduce((current, pass) => pass(current), text);
      depth += 1;
      const members = redactJson(text, masker);
      depth -= 1;
      return passes.reduce((current, pass) => pass(current), members);
    },
  };
  return masker;
}
