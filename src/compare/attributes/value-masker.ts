import { replaceSpans } from "../../lib/text-spans.ts";
import { FINGERPRINT } from "../../model/sample.ts";
import { fingerprint, isFingerprint } from "../../secrets/fingerprint.ts";
import { pathSecretSpans } from "../../secrets/secret-paths.ts";
import { createRedactor } from "../redact/redactor.ts";
import { isCard, withoutPersonal } from "./personal-values.ts";
import { withoutPrivatePairs } from "./private-names.ts";

/** An attribute explains by what it begins with; longer values are cut. */
const MAX_VALUE_CHARS = 64;
/** How much of a text is searched for secrets: those that begin in the part that is shown. */
const MAX_MASKED_CHARS = 8_192;
/** How much is searched for what is short and is no credential: addresses, numbers and codes. */
const MAX_PERSONAL_CHARS = 512;
/** Control and format characters, such as direction marks: a value is one line on every screen and in every terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Headers, cookies and parameters repeat the same values, and to search one costs some ten microseconds. */
const MAX_CACHED_CHARS = 256;
const MAX_CACHED_VALUES = 4_000;

/** Turns values of requests and responses into those of attributes: without secrets, short, and printable. */
export class ValueMasker {
  readonly #key: Uint8Array;
  /** Starts again when it is full: to know which values were used last would cost more than it saves. */
  #known = new Map<string, string>();

  /** @param key of the process: its threads share it, replicas do not, so each of these has its own fingerprint of a value */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** A value that is secret as a whole. */
  secret(value: string): string {
    return value === "" || isFingerprint(value) ? value : fingerprint(this.#key, value);
  }

  /** A text with secrets, e-mail addresses and personal numbers replaced by fingerprints, then cut. */
  text(value: string): string {
    if (value.length > MAX_CACHED_CHARS) return this.#mask(copyOf(value.slice(0, MAX_MASKED_CHARS)));
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const own = copyOf(value);
    const masked = this.#mask(own);
    if (this.#known.size >= MAX_CACHED_VALUES) this.#known = new Map();
    this.#known.set(own, masked);
    return masked;
  }

  /** A name; undefined if it contains a secret, or is too long to be one. */
  name(name: string): string | undefined {
    if (name.length > MAX_VALUE_CHARS) return undefined;
    const masked = this.text(name);
    return masked.includes(FINGERPRINT) ? undefined : masked;
  }

  /** A number; a fingerprint if it is that of a card. */
  number(value: number): number | string {
    return Math.abs(value) < 1e12 ? value + 0 : isCard(String(value)) ? this.secret(String(value)) : value;
  }

  /** A path with secret segments replaced. */
  path(path: string): string {
    return replaceSpans(path, pathSecretSpans(path), (segment) => this.secret(segment));
  }

  #mask(value: string): string {
    const masked = createRedactor(this.#key).text(value).slice(0, MAX_PERSONAL_CHARS);
    const hide = (found: string): string => this.secret(found);
    const text = withoutPersonal(withoutPrivatePairs(masked, hide), hide);
    return cutText(text.toWellFormed().replaceAll(UNPRINTABLE, "\ufffd"));
  }
}

/** A part of a text would keep the entire text in memory, such as a body. */
function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

function cutText(text: string): string {
  if (text.length <= MAX_VALUE_CHARS) return text;
  const end = MAX_VALUE_CHARS - 1;
  const isHighSurrogate = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return `${text.slice(0, isHighSurrogate ? end - 1 : end)}…`;
}
