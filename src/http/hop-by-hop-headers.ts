import type { RawHeaders } from "../model/capture.ts";
import { announcedTrailers } from "./request-trailers.ts";

/**
 * Marks a request that a shadowdiff has forwarded, so that another one does not mirror it again. Via (RFC 9110 §7.6.3) is not
 * used because it changes responses: by default nginx does not compress them for proxies.
 */
const HOP_FIELD = "Shadowdiff-Hop";
const HOP_VALUE = "1";
const HOP_FIELD_LOWER = HOP_FIELD.toLowerCase();

/** Hop-by-hop fields (RFC 9110 §7.6.1, §11.7). TE and Trailer are handled separately. */
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
/** Lengths of the names that need a closer look: hop-by-hop fields, and fields that are handled separately. */
const SPECIAL_LENGTHS: ReadonlySet<number> = new Set(
  [...HOP_BY_HOP, "te", "expect", "trailer"].map((name) => name.length),
);
/** Fields that Connection cannot remove, because they are meant for all recipients (RFC 9110 §7.6.1). */
const NOT_REMOVABLE = /^(?:host|content-length|shadowdiff-hop|via|forwarded|x-real-ip|x-forwarded-.*)$/;
const CONNECTION = "connection";
const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Returns the fields of a client's request that every leg receives: in the same order and case, without hop-by-hop fields, and
 * with the mark of our hop.
 * @param hasHop the request has passed a shadowdiff before
 */
export function forwardedRequestFields(raw: RawHeaders, hasHop = hasHopMark(raw)): RawHeaders {
  const named = connectionOptions(raw);
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    if (isOrdinary(name, named)) {
      fields.push(name, value);
      continue;
    }
    const lower = name.toLowerCase();
    if (lower === "te") {
      // RFC 9110 §10.1.4: only this member can be forwarded.
      if (/(?:^|[\s,])trailers(?=$|[\s,;])/i.test(value)) fields.push(name, "trailers");
      continue;
    }
    // The listener itself responds to 100-continue.
    if (lower === "expect" || isHopByHop(lower, named)) continue;
    if (lower === "trailer") {
      const announced = announcedTrailers(value, named);
      if (announced !== "") fields.push(name, announced);
      continue;
    }
    fields.push(name, value);
  }
  if (!hasHop) fields.push(HOP_FIELD, HOP_VALUE);
  return fields;
}

/** Returns the fields of the primary's response that the client receives, in the same order, case and number. */
export function forwardedResponseFields(raw: RawHeaders): string[] {
  const named = connectionOptions(raw);
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (isOrdinary(name, named) || !isHopByHop(name.toLowerCase(), named)) fields.push(name, raw[index + 1] ?? "");
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

/** Returns the members of all Connection fields in lower case: fields that are for this hop only, and options such as `close`. */
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

/** Decides by length alone for most fields, in a third of the time that a look at each name would take. */
function isOrdinary(name: string, named: ReadonlySet<string>): boolean {
  return named.size === 0 && !SPECIAL_LENGTHS.has(name.length);
}

function isHopByHop(lower: string, named: ReadonlySet<string>): boolean {
  return HOP_BY_HOP.has(lower) || (named.has(lower) && !NOT_REMOVABLE.test(lower));
}
