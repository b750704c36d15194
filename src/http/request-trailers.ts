import type { RawHeaders } from "../model/capture.ts";

/**
 * RFC 9110 §6.5.1: what frames or routes a message, asks for its treatment, proves who sends it, or says how to read its
 * body. It would come too late in a trailer, and whoever merges trailers into the header would believe it.
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
 * The trailer fields of a client's request as every leg gets them: in their order and case, without what may not be one
 * and what is for this hop only.
 * @param named members of the request's Connection, in lower case
 */
export function forwardedTrailers(raw: RawHeaders, named: ReadonlySet<string>): RawHeaders {
  return raw.filter((_, index) => {
    const lower = raw[index - (index % 2)]?.toLowerCase() ?? "";
    return mayBeTrailer(lower) && !named.has(lower);
  });
}

/**
 * An announcement of trailers without those that will not follow; servers of HTTP/2 written in Go give to their programs
 * only what was announced.
 * @param value of Trailer
 * @returns empty when nothing is left of it
 */
export function announcedTrailers(value: string, named: ReadonlySet<string>): string {
  const members = value.split(",").map((member) => member.trim());
  return members
    .filter((member) => member !== "" && mayBeTrailer(member.toLowerCase()) && !named.has(member.toLowerCase()))
    .join(", ");
}

function mayBeTrailer(lower: string): boolean {
  return !FORBIDDEN.has(lower) && !FORBIDDEN_FAMILY.test(lower);
}
