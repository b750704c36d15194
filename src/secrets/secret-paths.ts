import type { Span } from "../lib/text-spans.ts";
import { FINGERPRINT } from "./fingerprint.ts";
import { fullyDecoded } from "./decoded-text.ts";
import { isSensitiveName } from "./sensitive-names.ts";

/** Segments whose followers are often one-time secrets. Sensitive names count too: `/reset-password/…`, `/token/…`. */
const ONE_TIME =
  /^(?:(?:accept|email)[-_])?(?:invites?|invitations?|resets?|verify|verification|confirm(?:ation)?|activat(?:e|ion)|magic(?:[-_]?(?:link|login))?|recover(?:y)?|unlock|otp|one[-_]?time[-_a-z]*|passkeys?|keys?|api[-_]?keys?|(?:web)?hooks?|shares?(?:d)?|unsubscribe|sso|auth|oauth2?|login|signin|sign-in|join)(?:[-_](?:email|account|link|code|user))?$/i;
/** Fixed parts of an API, not secrets: lower-case or camel-case words, versions, dates. */
const PLAIN_SEGMENT =
  /^(?:[a-z]{1,24}(?:[-_.][a-z]{1,24}){0,4}|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[a-z]{2,12}\d|v\d{1,3}|\d{4}-\d\d-\d\d|)$/;
/** A longer segment is not a word of an API. */
const MAX_WORD_CHARS = 32;
const SEGMENT = /\/([^\s/?#"'<>`|\\,;(){}]{1,200})/g;

/**
 * The segments of paths that follow a segment such as `reset-password`, `token` or `invite` and are not words of an API: in a
 * request target, a URL, or any text with paths in it.
 */
export function pathSecretSpans(text: string): Span[] {
  if (!text.includes("/")) return [];
  const spans: Span[] = [];
  let end = -1;
  let sensitive = false;
  for (const { index, 0: match, 1: segment = "" } of text.matchAll(SEGMENT)) {
    // The path continues only where segments are adjacent.
    if (index !== end) sensitive = false;
    end = index + match.length;
    if (sensitive && isSecretSegment(segment)) spans.push({ start: index + 1, end });
    else if (isSensitiveSegment(segment)) sensitive = true;
  }
  return spans;
}

function isSensitiveSegment(segment: string): boolean {
  if (segment.length > MAX_WORD_CHARS * 3) return false;
  const word = fullyDecoded(segment);
  return isSensitiveName(word) || ONE_TIME.test(word);
}

function isSecretSegment(segment: string): boolean {
  if (segment.includes(FINGERPRINT)) return false;
  if (/^\{[^{}]*\}$/.test(segment) || /^:[a-z]/i.test(segment)) return false;
  return segment.length > MAX_WORD_CHARS || !PLAIN_SEGMENT.test(segment);
}
