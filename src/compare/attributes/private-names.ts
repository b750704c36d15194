import { LRUCache } from "lru-cache";
import { mergeSpans, replaceSpans, type Span } from "../../lib/text-spans.ts";
import { fullyDecoded } from "../../secrets/decoded-text.ts";
import { isFingerprint } from "../../secrets/fingerprint.ts";

/**
 * Words that name a secret or a number of a person often enough, but not always. A fingerprint in place of a harmless value still
 * groups exchanges, so these are more than the names whose values are masked in samples. To add a name, add a word here.
 */
const PRIVATE_WORDS = new RegExp(
  "(?:^| )(?:m?pin|pin ?code|t?otp|tan|[mt]fa|ssn|social ?security|pass|pass ?(?:code|key|port)|pwd|cv[vcn]|csc|pan|auth|auth ?code|" +
    "refresh|sig|sign|signed|signature|h?mac|key|nonce|salt|verifier|assertion|saml|iban|bban|tax ?id|" +
    "(?:account|acct|routing|card|security) ?(?:number|num|no|nr))(?= |$)",
);
/** Names of secrets as often as of countries and errors: `code`, `state` (RFC 6749 §4.1.2). */
const AMBIGUOUS_WORDS = /(?:^| )(?:code|state)$/;
/** A word, possibly of several parts, or too short for a secret. */
const PLAIN_VALUE =
  /^(?:[a-z]{1,20}|[A-Z]{1,20}|[A-Z][a-z]{1,20})(?:[-_. ](?:[a-z]{1,20}|[A-Z]{1,20}|[A-Z][a-z]{1,20})){0,4}$|^.{0,3}$/;
/** No secret is in them. */
const SWITCH = /^(?:true|false|yes|no|on|off|null|none|[01]|)$/i;
/** A name within a text, up to its value, such as that of a parameter of a URL. */
const NAME = /(?<![\w.-])([\w.-]{1,64})["'\\\]\s]{0,8}[=:]["'\\\s]{0,8}/g;
const VALUE = /[^\s"'\\&,;<>{}]{1,512}/y;
const MAY_HAVE_PAIR = /[=:]|%(?:25){0,8}3[ad]/i;
const MAX_NAME_CHARS = 200;
type NameKind = "private" | "ambiguous" | "plain";
/** Cached results: requests repeat the same names. */
const KNOWN = new LRUCache<string, NameKind>({ max: 2_000 });

/**
 * Whether a value becomes a fingerprint because of its name.
 * @param name of a header, parameter or claim, or the path of a member
 * @param isSent by the client: a response has codes of errors, not of logins
 */
export function isPrivate(name: string, value: string, isSent: boolean): boolean {
  const kind = kindOf(name);
  if (kind === "plain" || isFingerprint(value)) return false;
  return kind === "private" ? !SWITCH.test(value) : isSent && !PLAIN_VALUE.test(value);
}

/** A text with the private values of the pairs in it replaced; as a whole if the pairs show only in the decoded text. */
export function withoutPrivatePairs(text: string, hide: (value: string) => string): string {
  if (!MAY_HAVE_PAIR.test(text)) return text;
  const shown = replacedPairs(text, hide);
  const decoded = fullyDecoded(shown);
  return decoded === shown || replacedPairs(decoded, () => "") === decoded ? shown : hide(text);
}

function replacedPairs(text: string, hide: (value: string) => string): string {
  const spans: Span[] = [];
  for (const { index, 0: match, 1: name = "" } of text.matchAll(NAME)) {
    if (kindOf(name) === "plain") continue;
    const start = index + match.length;
    VALUE.lastIndex = start;
    const value = VALUE.exec(text)?.[0] ?? "";
    if (isPrivate(name, value, true)) spans.push({ start, end: start + value.length });
  }
  return replaceSpans(text, mergeSpans(spans), hide);
}

function kindOf(name: string): NameKind {
  if (name.length > MAX_NAME_CHARS) return "private";
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const words = wordsOf(name);
  const kind = PRIVATE_WORDS.test(words) ? "private" : AMBIGUOUS_WORDS.test(words) ? "ambiguous" : "plain";
  KNOWN.set(name, kind);
  return kind;
}

/** `user.accountNo`, `ACCOUNT_NO` and `account-no2` have the same words. */
function wordsOf(name: string): string {
  return fullyDecoded(name)
    .normalize("NFKD")
    .replaceAll(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$& ")
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, " ")
    .trim();
}
