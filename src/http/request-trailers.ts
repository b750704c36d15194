import type { RawHeaders } from "../model/capture.ts";

/**
 * Fields that are not allowed as trailers (RFC 9110 §6.5.1): framing, routing, request modifiers, authentication and content
 * format. In a trailer they come too late, and a recipient that merges trailers into the header would trust them.
 */
const FORBIDDEN: ReadonlySet<string> = new Set(
  (
    "connection content-length forwarded host http2-settings keep-alive max-forwards te trailer transfer-encoding upgrade " +
    "via x-real-ip shadowdiff-hop cache-control expect pragma range authorization cookie set-cookie content-encoding " +
    "content-range content-type"
  ).split(" "),
);
const FORBIDDEN_FAMILY = /^(?:if-|proxy-|sec-|x-forwarded-|:)/;

/**
 * Returns the trailers of a client's request that every leg receives: in the same order and case, without forbidden and
 * hop-by-hop fields.
 * @param named members of the request's Connection, in lower case
 */
export function forwardedTrailers(raw: RawHeaders, named: ReadonlySet<string>): RawHeaders {
  return raw.filter((_, index) => {
    const lower = raw[index - (index % 2)]?.toLowerCase() ?? "";
    return isAllowedTrailer(lower) && !named.has(lower);
  });
}

/**
 * Removes the trailers that will not be forwarded from an announcement. Go's HTTP/2 server passes only announced trailers to its
 * handlers, so the rest of the announcement is kept.
 * @param value of Trailer
 * @returns empty when no trailer remains
 */
export function announcedTrailers(value: string, named: ReadonlySet<string>): string {
  const members = value.split(",").map((member) => member.trim());
  return members
    .filter((member) => member !== "" && isAllowedTrailer(member.toLowerCase()) && !named.has(member.toLowerCase()))
    .join(", ");
}

function isAllowedTrailer(lower: string): boolean {
  return !FORBIDDEN.has(lower) && !FORBIDDEN_FAMILY.test(lower);
}
