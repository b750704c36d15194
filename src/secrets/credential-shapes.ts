import type { Span } from "../lib/text-spans.ts";
import { sensitiveWords } from "./sensitive-names.ts";

/**
 * Well-known shapes of credentials, recognized under any name. To recognize another shape, add an alternative. Every
 * alternative is linear in the length of the text.
 */
const SHAPES: readonly RegExp[] = [
  // JSON Web Tokens (RFC 7519), also unsigned ones and JWE with more parts
  /\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*){0,3}/,
  // AWS access key ids, GitHub, GitLab, Slack, Stripe, Google, npm, PyPI, SendGrid, OpenAI and Anthropic, DigitalOcean, Shopify
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{18,}/,
  /\bxox[abeoprs]-[\w-]{10,}|\bxapp-[\w-]{10,}/,
  /\b[srp]k_(?:live|test)_\w{10,}|\bwhsec_[\w+/=]{16,}/,
  /\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/,
  /\bnpm_\w{30,}|\bpypi-[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bsk-[\w-]{20,}|\bdop_v1_\w{30,}|\bshp(?:at|ca|pa|ss)_\w{30,}/,
  // PEM (RFC 7468): private keys and encrypted content, to the end of their text
  /-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|PRIVATE KEY BLOCK|ENCRYPTED MESSAGE)-----(?:[\sA-Za-z0-9+/=:,\\.]|-(?!-)){0,100000}/,
  /\bPuTTY-User-Key-File-\d:[^]{0,20000}/,
  /\bhttps:\/\/hooks\.slack\.com\/[\w/-]{10,100}/,
];
const CREDENTIAL = new RegExp(SHAPES.map(({ source }) => source).join("|"), "g");
/** The scheme stays readable; the credentials after it are the secret (RFC 9110 §11.4). */
const AUTHORIZATION =
  /\b(?:Bearer|Basic|Digest|Negotiate|Token|ApiKey|Hawk|NTLM)(?:\s{1,4}|\s{0,4}:\s{0,4})([\w+/.~=:-]{8,})/gi;
/** From `//` to a character that no URL contains; long enough for a password. */
const AUTHORITY = /\/\/([^\s"'<>`\\]{1,512})/g;
/** Data source names without `//`: MySQL's `user:password@tcp(host)`, Oracle's `user/password@//host`. */
const DATA_SOURCE = /\b[\w.-]{1,64}[:/]([^\s"'<>@]{1,128})@(?=tcp\(|unix\(|\/\/)/g;
/** `curl -u user:password` */
const USER_OPTION = /(?:^|\s)(?:-u|--user)[ =]["']?([^\s"':]{1,100}:[^\s"']{1,200})/g;
const BASE64 = /[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}/g;
const MAX_BASE64_CHARS = 100_000;

/** Whether a text contains a credential by its shape. */
export function looksLikeCredential(text: string): boolean {
  return text.search(CREDENTIAL) !== -1;
}

/** The spans of credentials in a text that are recognized by their shape: tokens, keys, user information of URLs. */
export function credentialSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: match } of text.matchAll(CREDENTIAL)) spans.push({ start: index, end: index + match.length });
  for (const { index, 0: match, 1: value = "" } of text.matchAll(AUTHORIZATION)) {
    const end = index + match.length;
    // "Basic information" is not a credential.
    if (/[\d=]/.test(value)) spans.push({ start: end - value.length, end });
  }
  for (const { index, 0: match, 1: value = "" } of text.matchAll(USER_OPTION)) {
    spans.push({ start: index + match.length - value.length, end: index + match.length });
  }
  return text.includes("@") ? spans.concat(userInfoSpans(text)) : spans;
}

function userInfoSpans(text: string): Span[] {
  const spans: Span[] = [];
  if (text.includes("//")) {
    for (const { index, 1: rest = "" } of text.matchAll(AUTHORITY)) {
      const length = userInfoLength(rest);
      if (length > 0) spans.push({ start: index + 2, end: index + 2 + length });
    }
  }
  for (const { index, 0: match, 1: value = "" } of text.matchAll(DATA_SOURCE)) {
    const end = index + match.length - 1;
    spans.push({ start: end - value.length, end });
  }
  return spans;
}

/**
 * The length of the user information after `//`. A password that was not encoded may contain `/`, `?`, `#` and `@` (RFC 3986
 * §3.2.1 allows none of them), so with a colon before the first of these, everything up to the last `@` counts.
 */
function userInfoLength(rest: string): number {
  const last = rest.lastIndexOf("@");
  if (last === -1) return 0;
  const authority = rest.search(/[/?#]/);
  const firstPart = authority === -1 ? rest : rest.slice(0, authority);
  if (firstPart.includes("@")) return firstPart.includes(":") ? last : firstPart.lastIndexOf("@");
  return firstPart.includes(":") && /^[\w.[\]-]+/.test(rest.slice(last + 1)) ? last : 0;
}

/** The spans of Base64 (RFC 4648, also MIME with line breaks) whose decoded text mentions the name of a credential. */
export function encodedSecretSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: encoded } of text.matchAll(BASE64)) {
    if (encoded.length > MAX_BASE64_CHARS) continue;
    const decoded = Buffer.from(encoded, "base64").toString("latin1");
    for (const _ of sensitiveWords(decoded)) {
      spans.push({ start: index, end: index + encoded.length });
      break;
    }
  }
  return spans;
}
