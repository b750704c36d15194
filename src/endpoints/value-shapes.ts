import { isIP } from "node:net";
import { looksLikeCredential } from "../secrets/credential-shapes.ts";
import { percentDecoded } from "../secrets/decoded-text.ts";
import { commonPairs, isRandomText } from "./random-text.ts";

/** Only words: the vast majority of segments. The shortest credential of one case has 11 characters. */
const SHORT_WORDS = /^[a-z_-]{0,10}$/;
const ESCAPE = /%[\da-f]{2}/i;
/** File extensions, and the verb of a custom method: `123.tar.gz`, `123:cancel`. One letter would be a version: `1.x`. */
const SUFFIX = /^(.+?)((?:\.[A-Za-z][A-Za-z\d]{1,9}){1,3}|:[A-Za-z]+)$/;

const INTEGER = /^[+-]?\d+$/;
/** Coordinates and lists of numbers: `51.5,-0.12`. One number with a point may be a version. */
const NUMBERS = /^[+-]?\d+(?:\.\d+)?(?:,[+-]?\d+(?:\.\d+)?)+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^(?:0x)?[0-9a-f]{16,}$/i;
/** OCI: `sha256:…`. */
const DIGEST = /^[a-z\d+._-]{2,20}:[0-9a-f]{32,}$/i;
/** Crockford's Base32; the first character has three bits. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
/** `user-123`, `order_42`, `PROJ-7`, `INV-2026-0042`. */
const NUMBERED = /^([A-Za-z]+)(?:[-_]\d+)+$/;
/** Names of versions, algorithms and standards contain their number. */
const NUMBERED_NAME =
  /^(?:v|ver|version|rev|api|rest|http|tls|ssl|oauth|openid|utf|iso|rfc|ipv|sha|md|crc|aes|rsa|ecdsa|base|es|web)[-_]/i;
/** UN M.49 regions of languages: `es-419`. */
const LANGUAGE_REGION = /^[a-z]{2,3}[-_](?:001|150|419)$/i;
/** `cus_NffrFeUfNV2Hib`, `user_01h455vb4pex5vsknk084sn02q`. */
const PREFIXED = /^[a-z]{1,12}(?:[-_][a-z]{1,12}){0,2}[-_]([A-Za-z\d]{8,})$/;
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])$|^\d{4}-\d{2}-\d{2}(?:[T_ ][\dTZ.,:+-]*)?$/i;
const EMAIL = /^@?[^@\s/]+@(?!v?\d+\.\d)(?:[a-z\d-]+\.)+[a-z]{2,24}$/i;

/**
 * The parameter that a path segment is a value of, by its shape alone: `{id}`, `{date}`, `{email}` or `{ip}`. A file extension
 * stays: `{id}.json`.
 * @param segment may be percent-encoded
 * @returns undefined for words, because only a person, or traffic, knows which words are names; see docs/concepts.md
 */
export function parameterOf(segment: string): string | undefined {
  if (SHORT_WORDS.test(segment)) return undefined;
  const text = ESCAPE.test(segment) ? percentDecoded(segment) : segment;
  const parameter = parameterOfText(text);
  if (parameter !== undefined) return parameter;
  const [, stem, suffix = ""] = SUFFIX.exec(text) ?? [];
  const ofStem = stem === undefined ? undefined : parameterOfText(stem);
  if (ofStem !== undefined) return `${ofStem}${suffix}`;
  // A credential in a path would become a separate endpoint, visible on every screen.
  return looksLikeCredential(text) ? "{id}" : undefined;
}

function parameterOfText(text: string): string | undefined {
  if (text.includes("@")) return EMAIL.test(text) ? "{email}" : undefined;
  if (!/[\dA-Z:]/.test(text)) return HEX.test(text) ? "{id}" : undefined;
  if (DATE.test(text)) return "{date}";
  if (isId(text)) return "{id}";
  return isIP(text) === 0 ? undefined : "{ip}";
}

function isId(text: string): boolean {
  const shapes = [INTEGER, NUMBERS, UUID, HEX, DIGEST, ULID];
  return shapes.some((shape) => shape.test(text)) || isNumbered(text) || isPrefixed(text) || isRandomText(text);
}

function isNumbered(text: string): boolean {
  return NUMBERED.test(text) && !NUMBERED_NAME.test(text) && !LANGUAGE_REGION.test(text);
}

function isPrefixed(text: string): boolean {
  const body = PREFIXED.exec(text)?.[1];
  if (body === undefined) return false;
  const digits = body.replaceAll(/\D/g, "").length;
  const isMixed = /[a-z]/.test(body) && /[A-Z]/.test(body);
  if (digits === 0) return isMixed && body.length >= 14 && commonPairs(body) < 0.35;
  return /[A-Za-z]/.test(body) && commonPairs(body) < (body.length >= 14 ? 0.5 : digits >= 2 ? 0.3 : 0);
}
