import { LRUCache } from "lru-cache";
import type { Span } from "../lib/text-spans.ts";
import { FINGERPRINT } from "../model/sample.ts";
import { fullyDecoded } from "./decoded-text.ts";
import { isSensitiveName } from "./sensitive-names.ts";

/** Segments whose followers are often one-time secrets. Sensitive names count too: `/reset-password/…`, `/token/…`. */
const ONE_TIME =
  /^(?:(?:accept|email)[-_])?(?:invites?|invitations?|resets?|verify|verification|confirm(?:ation)?|activat(?:e|ion)|magic(?:[-_]?(?:link|login))?|recover(?:y)?|unlock|otp|one[-_]?time[-_a-z]*)(?:[-_](?:email|account|link|code|user))?$/i;
/** Segments that name a collection as often as a secret: `/shares/42` is a resource, `/shares/Zk3mP0` a secret link. */
const COLLECTION_OR_SECRET =
  /^(?:passkeys?|keys?|(?:web)?hooks?|shares?(?:d)?|unsubscribe|sso|auth|oauth2?|login|signin|sign-in|join)(?:[-_](?:email|account|link|code|user))?$/i;
/** What the segments before have named. */
type Context = "plain" | "collection" | "one-time";
/** The id of a resource in a collection. */
const NUMERIC_ID = /^\d{1,12}$/;
/** Fixed parts of an API, not secrets: lower-case or camel-case words, versions, dates. */
const PLAIN_SEGMENT =
  /^(?:[a-z]{1,24}(?:[-_.][a-z]{1,24}){0,4}|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[a-z]{2,12}\d|v\d{1,3}|\d{4}-\d\d-\d\d|)$/;
/** A longer segment is not a word of an API. */
const MAX_WORD_CHARS = 32;
/** A path as nearly all requests have it: its segments end at slashes only. */
const SIMPLE_PATH = /^[\w\-.~%/]*$/;
/** Cached results: paths repeat the same words. */
const KNOWN_SEGMENTS = new LRUCache<string, Context>({ max: 2_000 });
const SEGMENT = /\/([^\s/?#"'<>`|\\,;(){}]{1,200})/g;

/**
 * The segments of paths that follow a segment such as `reset-password`, `token` or `invite` and are not words of an API: in a
 * request target, a URL, or any text with paths in it.
 */
export function pathSecretSpans(text: string): Span[] {
  if (!text.includes("/") || (SIMPLE_PATH.test(text) && !namesSecret(text))) return [];
  const spans: Span[] = [];
  let end = -1;
  let follows: Context = "plain";
  for (const { index, 0: match, 1: segment = "" } of text.matchAll(SEGMENT)) {
    // The path continues only where segments are adjacent.
    if (index !== end) follows = "plain";
    end = index + match.length;
    const isId = follows === "collection" && NUMERIC_ID.test(segment);
    if (follows !== "plain" && !isId && isSecretSegment(segment)) spans.push({ start: index + 1, end });
    else follows = mostSensitive(follows, segment);
  }
  return spans;
}

/** Whether any segment of a simple path announces a secret. Every mirrored request asks, so it costs no match per segment. */
function namesSecret(path: string): boolean {
  for (let slash = path.indexOf("/"); slash !== -1;) {
    const next = path.indexOf("/", slash + 1);
    if (contextOf(next === -1 ? path.slice(slash + 1) : path.slice(slash + 1, next)) !== "plain") return true;
    slash = next;
  }
  return false;
}

/** How the segments after this one are treated. Once a path has named a one-time secret, it stays so. */
function mostSensitive(before: Context, segment: string): Context {
  if (before === "one-time") return before;
  const own = contextOf(segment);
  return own === "plain" ? before : own;
}

/** What a segment announces. */
function contextOf(segment: string): Context {
  if (segment.length > MAX_WORD_CHARS * 3) return "plain";
  const known = KNOWN_SEGMENTS.get(segment);
  if (known !== undefined) return known;
  const word = fullyDecoded(segment);
  const context =
    isSensitiveName(word) || ONE_TIME.test(word)
      ? "one-time"
      : COLLECTION_OR_SECRET.test(word)
        ? "collection"
        : "plain";
  KNOWN_SEGMENTS.set(segment, context);
  return context;
}

function isSecretSegment(segment: string): boolean {
  if (segment.includes(FINGERPRINT)) return false;
  if (/^\{[^{}]*\}$/.test(segment) || /^:[a-z]/i.test(segment)) return false;
  return segment.length > MAX_WORD_CHARS || !PLAIN_SEGMENT.test(segment);
}
