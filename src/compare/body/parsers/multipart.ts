import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { tooManyValues } from "../parse-limits.ts";
import { parseContentType, type ContentType } from "../content-type.ts";
import { addElement, addMember, emptyObject, isPlainName } from "./tree-members.ts";

const MAX_PARTS = 10_000;
const MAX_HEADER_BYTES = 64 * 1024;
const HEADER_LINE = /^([^\s:]{1,200}):[ \t]*(.*)$/;
const [TAB, LF, CR, SPACE, DASH] = [0x09, 0x0a, 0x0d, 0x20, 0x2d];

/** How the content of a part becomes a value. */
export type ParsePart = (bytes: Uint8Array, type: ContentType) => Json;

/**
 * A body of several parts (RFC 2046 §5.1). HeaderMap of a form by name: `$.avatar.filename`, `$.avatar.body`; other parts as an
 * array. The boundary, and what stands before the first and after the last one, is nothing.
 * @returns undefined when the boundary is not told, or does not end the body
 * @throws ParseLimitError
 */
export function parseMultipart(bytes: Uint8Array, type: ContentType, parsePart: ParsePart): Json | undefined {
  const boundary = type.parameters.get("boundary") ?? "";
  const parts =
    boundary === "" ? undefined : partsOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), boundary);
  const lifted = parts?.map((part) => parsePartAt(part, parsePart));
  if (lifted === undefined || lifted.includes(undefined)) return undefined;
  const complete = lifted.filter((part) => part !== undefined);
  if (type.mediaType !== "multipart/form-data") return complete.map(({ value }) => value);
  const fields = emptyObject();
  for (const { name, value } of complete) {
    if (isPlainName(name)) addMember(fields, name, value);
    else addElement(fields, "$odd", { ...value, $name: name });
  }
  return fields;
}

/** @returns undefined when the last boundary is missing */
function partsOf(bytes: Buffer, boundary: string): Buffer[] | undefined {
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const parts: Buffer[] = [];
  let start = -1;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at + 1)) {
    if (at > 0 && bytes[at - 1] !== LF) continue;
    const behind = at + delimiter.length;
    const ends = bytes[behind] === DASH && bytes[behind + 1] === DASH;
    const next = ends ? behind : lineEnd(bytes, behind);
    // The boundary is only the beginning of something else.
    if (next === undefined) continue;
    if (start !== -1) parts.push(bytes.subarray(start, Math.max(start, beforeBreak(bytes, at))));
    if (ends) return start === -1 ? undefined : parts;
    if (parts.length >= MAX_PARTS) throw tooManyValues();
    start = next;
  }
  return undefined;
}

/** Behind the line break, in front of which only spaces may stand. */
function lineEnd(bytes: Buffer, from: number): number | undefined {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
  if (bytes[at] === CR) at += 1;
  return bytes[at] === LF ? at + 1 : undefined;
}

/** The line break in front of a boundary belongs to the boundary. */
function beforeBreak(bytes: Buffer, at: number): number {
  return bytes[at - 2] === CR ? at - 2 : at - 1;
}

function parsePartAt(
  part: Buffer,
  parsePart: ParsePart,
): { readonly name: string; readonly value: JsonObject } | undefined {
  const blank = blankLine(part);
  if (blank === undefined) return undefined;
  const headers = emptyObject();
  let type = parseContentType("");
  let disposition: ContentType["parameters"] = new Map();
  for (const line of part.toString("utf8", 0, blank.start).split(/\r?\n/)) {
    if (line === "") continue;
    const [, name = "", text = ""] = HEADER_LINE.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === "content-type") type = parseContentType(text);
    if (key === "content-disposition") disposition = parseContentType(text).parameters;
    if (isPlainName(key)) addMember(headers, key, withoutBoundary(text.trim()));
    else addElement(headers, "$odd", line);
  }
  const body = parsePart(part.subarray(blank.end), type);
  return { name: disposition.get("name") ?? "", value: { headers, body } };
}

function blankLine(part: Buffer): { readonly start: number; readonly end: number } | undefined {
  const first = lineEnd(part, 0);
  if (first !== undefined) return { start: 0, end: first };
  const head = part.subarray(0, MAX_HEADER_BYTES).toString("latin1");
  const found = /\r?\n\r?\n/.exec(head);
  return found === null ? undefined : { start: found.index, end: found.index + found[0].length };
}

/** It is made up for each body anew. */
function withoutBoundary(header: string): string {
  return header.replace(/;\s{0,20}boundary=(?:"[^"]{0,200}"|[^;]{0,200})/i, "");
}
