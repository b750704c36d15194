import type { OnQuirk, RawHeaders } from "../../model/capture.ts";
import { type MessageFraming, NO_LENGTH, parseContentLength } from "./message-framing.ts";
import { trimBlanks } from "./trim-blanks.ts";

const CHUNKED = "chunked";
/** RFC 2616 §3.6: no coding. RFC 9112 does not define it any more, and old servers still send it. */
const IDENTITY = "identity";
const LEADING_ZEROS = /^0+(?=\d)/;

/** How a response is framed whose framing fields a strict recipient refuses. */
export interface SettledFraming extends Pick<MessageFraming, "contentLength" | "isChunked"> {
  /** With at most one framing field, which says how the response is framed. */
  readonly fields: RawHeaders;
  /** Why it is not clear where the response ends; empty if it is. */
  readonly problem: string;
}

/**
 * Decides where a response ends whose framing fields deviate, if all proxies would agree (RFC 9112 §6.3): equal lengths are
 * one, chunks win against a length.
 * @param onQuirk receives each deviation
 */
export function settleFraming(fields: RawHeaders, isHttp10: boolean, onQuirk: OnQuirk): SettledFraming {
  const lengths = membersOf(fields, "content-length");
  const codings = membersOf(fields, "transfer-encoding");
  const contentLength = settleLength(lengths, onQuirk);
  if (contentLength === null) return unclear("the Content-Length of the response is not a number, or not only one");
  const known = codings.filter((coding) => coding !== "" && coding !== IDENTITY);
  if (known.length > 1 || (known.length === 1 && known[0] !== CHUNKED)) {
    return unclear("the response has a transfer coding other than chunked");
  }
  if (known.length < codings.length) onQuirk("coding-list");
  const isChunked = known.length === 1;
  // RFC 9112 §6.1: HTTP/1.0 does not define it, so the framing is faulty and the connection is closed.
  if (isChunked && isHttp10) onQuirk("coding-in-http10");
  if (isChunked && lengths.length > 0) onQuirk("length-and-coding");
  const settled = isChunked ? NO_LENGTH : contentLength;
  return { fields: withFraming(fields, settled, isChunked), contentLength: settled, isChunked, problem: "" };
}

/** @returns NO_LENGTH without a length, null if they are not all the same number */
function settleLength(lengths: readonly string[], onQuirk: OnQuirk): number | null {
  const [first = NO_LENGTH, ...others] = lengths.map((length) => parseContentLength(length.replace(LEADING_ZEROS, "")));
  if (first < NO_LENGTH || others.some((other) => other !== first)) return null;
  if (others.length > 0) onQuirk("repeated-length");
  return first;
}

/** The members of all lines of a field, in lower case. */
function membersOf(fields: RawHeaders, name: string): string[] {
  const members: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index]?.toLowerCase() !== name) continue;
    // A list can have more members than a function can have arguments.
    for (const member of (fields[index + 1] ?? "").toLowerCase().split(",")) {
      members.push(trimBlanks(member, 0, member.length));
    }
  }
  return members;
}

/** Replaces all framing fields by one at the place of the first. */
function withFraming(fields: RawHeaders, contentLength: number, isChunked: boolean): RawHeaders {
  const kept: string[] = [];
  let isWritten = !isChunked && contentLength === NO_LENGTH;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const lower = name.toLowerCase();
    const isCoding = lower === "transfer-encoding";
    if (!isCoding && lower !== "content-length") kept.push(name, fields[index + 1] ?? "");
    else if (!isWritten && isCoding === isChunked) {
      kept.push(name, isChunked ? CHUNKED : String(contentLength));
      isWritten = true;
    }
  }
  return kept;
}

function unclear(problem: string): SettledFraming {
  return { fields: [], contentLength: NO_LENGTH, isChunked: false, problem };
}
