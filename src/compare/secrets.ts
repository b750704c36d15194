import { fingerprint, isSensitiveName } from "../lib/sensitive.ts";

/** What has the form of a credential wherever it stands. Every alternative is linear in the length of the text. */
const CREDENTIAL =
  /\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{18,}|\bxox[abeoprs]-[\w-]{10,}|\b[sr]k_(?:live|test)_\w{10,}|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\sA-Za-z0-9+/=:,-]{0,20000}/g;
const AUTHORIZATION = /\b(Bearer|Basic|Digest|Negotiate)(\s{1,4})((?=[\w+/.~:-]*[\d=])[\w+/.~=:-]{8,})/gi;
const USER_INFO = /(:\/\/)([^\s/?#@"'<>]{1,256})(?=@)/g;
/** `name=value`, `name: value`, `"name": "value"`, also with the quotes escaped; a value in quotes may hold spaces. */
const ASSIGNMENT =
  /(?<![\w.-])([\w.-]{1,100})((?:\\?["'])?\s{0,4}[=:]\s{0,4}(?:\\?["'])?)((?<=\\["'])[^"'\\\r\n]+|(?<=")(?:[^"\\\r\n]+|\\.)+|(?<=')(?:[^'\\\r\n]+|\\.)+|[^\s"'&,;<>\\]+)/g;
/** A line of YAML or of a header block: the value runs to its end. */
const LINE = /^([ \t]{0,80}(?:- )?([\w.-]{1,100}):[ \t]{1,8})([^\s"'{[][^\r\n]*)$/gm;
const ELEMENT = /(<([A-Za-z][\w:.-]{0,99})(?:\s[^<>]{0,1000})?>)([^<]+)(?=<\/|$)/g;
const INPUT = /<(?:input|meta)\s[^<>]{0,2000}>/gi;
const INPUT_NAME = /\bname\s{0,4}=\s{0,4}["']?([\w.:[\]-]{1,100})/i;
const INPUT_VALUE = /(\b(?:value|content)\s{0,4}=\s{0,4})("[^"]*"|'[^']*'|[^\s"'>]+)/i;
/** How a fingerprint begins. */
export const FINGERPRINT = "[redacted:";
/** The scheme may stay; what follows it is masked by a pattern of its own. */
const SCHEME = /^(?:Bearer|Basic|Digest|Negotiate)$/i;
const PLAIN_WORD = /^[A-Za-z_$][A-Za-z_$-]{0,31}$/;

/** Whether a text has the form of a credential, whatever it is called. */
export function looksLikeCredential(text: string): boolean {
  return text.search(CREDENTIAL) !== -1;
}

/**
 * Whether a member's key must not be shown: it has the form of a credential, or it stands somewhere below a sensitive name
 * and is no plain word, as in `{"tokens": {"9f3a…": {}}}`.
 */
export function isSecretKey(key: string, belowSensitive: boolean): boolean {
  return looksLikeCredential(key) || (belowSensitive && !PLAIN_WORD.test(key));
}

export interface Masker {
  /** Stands for a value that is secret as a whole; what is a fingerprint already stays. */
  readonly whole: (value: string) => string;
  /** A text with every credential look-alike and every value under a sensitive name replaced; without any, the same text. */
  readonly text: (text: string) => string;
}

/** A body made of secrets must not take a thread for seconds: a fingerprint costs some 10 µs. */
const MAX_FINGERPRINTS = 5_000;

/**
 * For one sample: after a bound on fingerprints, secrets get one common mark.
 * @param key of the run: the same secret has the same fingerprint in all threads
 */
export function createMasker(key: Uint8Array): Masker {
  let made = 0;
  const whole = (value: string): string => {
    if (value.startsWith(FINGERPRINT)) return value;
    made += 1;
    return made > MAX_FINGERPRINTS ? `${FINGERPRINT}one of many]` : fingerprint(key, value);
  };
  const passes: readonly ((text: string) => string)[] = [
    (text) => text.replace(CREDENTIAL, whole),
    (text) =>
      text.replace(AUTHORIZATION, (_, scheme: string, gap: string, value: string) => scheme + gap + whole(value)),
    (text) => text.replace(USER_INFO, (_, before: string, value: string) => before + whole(value)),
    (text) =>
      text.replace(LINE, (all, before: string, name: string, value: string) =>
        isSensitiveName(name) ? before + whole(value) : all,
      ),
    (text) =>
      text.replace(ASSIGNMENT, (all, name: string, middle: string, value: string) =>
        isSensitiveName(name) && !SCHEME.test(value) ? name + middle + whole(value) : all,
      ),
    (text) =>
      text.replace(ELEMENT, (all, tag: string, name: string, value: string) =>
        isSensitiveName(name) && value.trim() !== "" ? tag + whole(value) : all,
      ),
    (text) =>
      text.replace(INPUT, (all) =>
        isSensitiveName(INPUT_NAME.exec(all)?.[1] ?? "")
          ? all.replace(INPUT_VALUE, (_, before: string, value: string) => `${before}"${whole(unquoted(value))}"`)
          : all,
      ),
  ];
  return { whole, text: (text) => passes.reduce((current, pass) => pass(current), text) };
}

function unquoted(value: string): string {
  return /^["']/.test(value) ? value.slice(1, -1) : value;
}
