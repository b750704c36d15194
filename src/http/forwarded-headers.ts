import type { RawHeaders } from "../model/capture.ts";
import { announcedTrailers } from "./request-trailers.ts";

/**
 * By this field any shadowdiff knows a request that another one has passed on, and does not mirror it again. It is no Via
 * (RFC 9110 §7.6.3), which changes answers: nginx, as it comes, does not compress them then.
 */
const HOP_FIELD = "Shadowdiff-Hop";
const HOP_VALUE = "1";
const HOP_FIELD_LOWER = HOP_FIELD.toLowerCase();

/**
 * RFC 9110 §7.6.1, and §11.7 for the credentials of proxies: for the next hop only. TE and Trailer are treated apart.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
/** Lengths of names that need a look at all: of fields for this hop, and of those that requests get treated apart. */
const SPECIAL_LENGTHS: ReadonlySet<number> = new Set(
  [...HOP_BY_HOP, "te", "expect", "trailer", "host"].map((name) => name.length),
);
/** What Connection may not take away (RFC 9110 §7.6.1: fields meant for all recipients): who asks whom, and framing. */
const NEVER_NAMED = /^(?:host|content-length|shadowdiff-hop|via|forwarded|x-real-ip|x-forwarded-.*)$/;
const CONNECTION = "connection";
const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * The fields of a client's request as every leg gets them: in their order and case, without what is for this hop only,
 * and with the mark of our hop.
 * @param defaultHost stands in for a missing Host, which HTTP/1.0 allows, so that all legs get the same
 * @param hasHop it has passed a shadowdiff before
 */
export function forwardedRequestFields(raw: RawHeaders, defaultHost: string, hasHop = hasHopMark(raw)): RawHeaders {
  const named = connectionOptions(raw);
  const fields: string[] = [];
  let hasHost = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    if (isOrdinary(name, named)) {
      fields.push(name, value);
      continue;
    }
    const lower = name.toLowerCase();
    if (lower === "te") {
      // RFC 9110 §10.1.4: the one member that may be passed on.
      if (/(?:^|[\s,])trailers(?=$|[\s,;])/i.test(value)) fields.push(name, "trailers");
      continue;
    }
    // 100-continue is answered here.
    if (lower === "expect" || isForThisHop(lower, named)) continue;
    if (lower === "trailer") {
      const announced = announcedTrailers(value, named);
      if (announced !== "") fields.push(name, announced);
      continue;
    }
    hasHost ||= lower === "host";
    fields.push(name, value);
  }
  if (!hasHost) fields.unshift("Host", defaultHost);
  if (!hasHop) fields.push(HOP_FIELD, HOP_VALUE);
  return fields;
}

/** The fields of the primary's response as the client gets them: in their order, case and number. */
export function forwardedResponseFields(raw: RawHeaders): string[] {
  const named = connectionOptions(raw);
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (isOrdinary(name, named) || !isForThisHop(name.toLowerCase(), named)) fields.push(name, raw[index + 1] ?? "");
  }
  return fields;
}

/** Whether a request has passed a shadowdiff before. */
export function hasHopMark(raw: RawHeaders): boolean {
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (name.length === HOP_FIELD.length && name.toLowerCase() === HOP_FIELD_LOWER) return true;
  }
  return false;
}

/** The members of all Connection fields, in lower case. */
export function connectionOptions(raw: RawHeaders): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (name.length !== CONNECTION.length || name.toLowerCase() !== CONNECTION) continue;
    names ??= new Set();
    for (const member of (raw[index + 1] ?? "").split(",")) names.add(member.trim().toLowerCase());
  }
  return names ?? NO_NAMES;
}

/** By its length alone: most fields need no further look, and that is a third of the time that all of them would take. */
function isOrdinary(name: string, named: ReadonlySet<string>): boolean {
  return named.size === 0 && !SPECIAL_LENGTHS.has(name.length);
}

function isForThisHop(lower: string, named: ReadonlySet<string>): boolean {
  return HOP_BY_HOP.has(lower) || (named.has(lower) && !NEVER_NAMED.test(lower));
}
