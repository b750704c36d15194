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
  // Hugging Face, Docker Hub, GitLab, Vault, Linear, Databricks, Square, New Relic, RubyGems, Atlassian, Grafana, Brevo, Postman
  /\bhf_[A-Za-z0-9]{20,}|\bdckr_pat_[\w-]{16,}|\bgl[a-z]{2,6}-[\w-]{18,}|\bhv[sbr]\.[\w-]{20,}|\blin_(?:api|oauth)_\w{20,}/,
  /\bdapi[\da-z]{30,}|\bsq0[a-z]{3}-[\w-]{20,}|\bNRAK-\w{20,}|\brubygems_\w{30,}|\bAT[AC]TT3[\w=-]{20,}|\bglsa_\w{20,}|\bxkeysib-[\w-]{20,}|\bPMAK-[\w-]{20,}/,
  // age, Telegram, Twilio, Mailgun, hashes of passwords (crypt(3))
  /\bAGE-SECRET-KEY-1\w{20,}/,
  /\b\d{8,10}:AA[\w-]{30,}|\b(?:SK|AC)[\da-f]{32}\b|\bkey-[\da-f]{32}\b/,
  /\$(?:2[abxy]|apr1|argon2(?:id|[id])|[156y])\$[^\s:"'<>]{8,200}/,
  // Signatures of URLs (Azure, Google, CloudFront) and of OAuth 1.0
  /(?<=[?&;](?:sig|[Ss]ignature|oauth_signature)=)[^\s&"'<>#;]{8,2000}/,
  /\bhttps:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/[\w/-]{10,200}/,
  /\bPuTTY-User-Key-File-\d:[^]{0,20000}/,
  /\bhttps:\/\/hooks\.slack\.com\/[\w/-]{10,100}/,
];
/** PEM (RFC 7468) and SSH2 (RFC 4716): private keys and encrypted content. */
const PEM_BEGIN = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|PRIVATE KEY BLOCK|ENCRYPTED MESSAGE) ?-{4,5}/;
const PEM = new RegExp(PEM_BEGIN, "g");
const CREDENTIAL = new RegExp([...SHAPES, PEM_BEGIN].map(({ source }) => source).join("|"), "g");
/** The scheme stays readable; the credentials after it are the secret (RFC 9110 §11.4). */
const AUTHORIZATION =
  /\b(?:Bearer|Basic|Digest|Negotiate|Token|ApiKey|Hawk|NTLM)(?:\s{1,4}|\s{0,4}:\s{0,4})([\w+/.~=:-]{8,})/gi;
/** Parameters of a scheme: `Digest username="a", response="S"`. */
const AUTHORIZATION_PARAMETERS =
  /\b(?:Digest|Hawk|OAuth|Signature|AWS4-[A-Z\d-]{1,20})\s{1,4}((?:[\w-]{1,40}=(?:"[^"\r\n]{0,500}"|[^\s,"]{0,500})[,\s]{0,5}){2,30})/gi;
/** From `//` to a character that no URL contains; long enough for a password. Browsers accept other slashes (URL Standard §4.4). */
const AUTHORITY = /(?:\/\/|\b[a-z][a-z\d+.-]{1,20}:[\\/]{1,4})([^\s"'<>`\\]{1,512})/gi;
/** A password that was not encoded may contain spaces and quotes. */
const RAW_PASSWORD = /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s:@/?#"'<>]{0,64}:((?!\d+[\s/"'])[^\r\n/@<>]{1,100})@(?=[\w[])/gi;
/** Data source names without `//`: MySQL's `user:password@tcp(host)`, Oracle's `user/password@//host`. */
const DATA_SOURCE =
  /\b[\w.-]{1,64}[:/]([^\s"'<>@]{1,128})@(?=tcp\(|unix\(|\/\/)|(?:\b(?:thin|oci):|\bsqlplus )[\w.-]{1,64}\/([^\s"'<>@]{1,128})@/g;
/** Options of commands whose name does not say that their value is secret: `curl -u user:password`, `mysql -ppassword`. */
const COMMAND_OPTIONS: readonly RegExp[] = [
  /(?:^|\s)(?:-[a-zA-Z]{0,5}[uU][ =]?|--(?:proxy-)?user[ =])["']?([^\s"':]{1,100}:(?:(?<=["'][^\s"':]{1,100}:)[^"'\r\n]{1,200}|[^\s"']{1,200}))/g,
  /\b(?:https?|xh) [^\r\n]{0,60}?(?:-a|--auth)[ =]?["']?([^\s"':]{1,100}:[^\s"']{1,200})/g,
  /\bcurl [^\r\n]{0,200}?-b[ =]?["']?([\w.-]{1,60}=[^"'\r\n]{1,500})/g,
  /\b(?:mysql\w{0,10}|mariadb\w{0,10}) [^\r\n]{0,100}?-p([^\s"']{1,100})/g,
  /\b(?:sshpass|docker login|podman login|ldap[a-z]{2,8}) [^\r\n]{0,100}?-[pwW][ =]?["']?([^\s"']{1,100})/g,
  /\s-(?:passin|passout|pass|k) pass:([^\s"']{1,200})/g,
  /\bIDENTIFIED (?:WITH \S{1,40} )?(?:BY|AS) ["']([^"'\r\n]{1,200})/gi,
];
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
  for (const pattern of [AUTHORIZATION_PARAMETERS, ...COMMAND_OPTIONS]) {
    for (const { index, 0: match, 1: value = "" } of text.matchAll(pattern)) {
      spans.push({ start: index + match.length - value.length, end: index + match.length });
    }
  }
  if (text.includes("BEGIN")) spans.push(...pemSpans(text));
  return text.includes("@") ? spans.concat(userInfoSpans(text)) : spans;
}

/** From each first line to its last line, or to the end of the text. */
function pemSpans(text: string): Span[] {
  const spans: Span[] = [];
  PEM.lastIndex = 0;
  for (let begin = PEM.exec(text); begin !== null; begin = PEM.exec(text)) {
    const last = text.indexOf("-- END", begin.index);
    const other = text.indexOf("--END", begin.index);
    const at = last === -1 || (other !== -1 && other < last) ? other : last;
    const end = at === -1 ? text.length : /[^-]{0,100}-{0,5}/y.exec(text.slice(at + 2, at + 120))?.[0].length;
    spans.push({ start: begin.index, end: at === -1 ? text.length : at + 2 + (end ?? 0) });
    PEM.lastIndex = spans.at(-1)?.end ?? text.length;
  }
  return spans;
}

function userInfoSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: match, 1: rest = "" } of text.matchAll(AUTHORITY)) {
    const length = userInfoLength(rest);
    const start = index + match.length - rest.length;
    if (length > 0) spans.push({ start, end: start + length });
  }
  for (const { index, 0: match, 1: value = "" } of text.matchAll(RAW_PASSWORD)) {
    const end = index + match.length - 1;
    spans.push({ start: end - value.length, end });
  }
  for (const { index, 0: match, 1: first, 2: value = first ?? "" } of text.matchAll(DATA_SOURCE)) {
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
