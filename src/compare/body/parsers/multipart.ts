import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { percentDecoded } from "../../../secrets/decoded-text.ts";
import { tooManyValues } from "../parse-limits.ts";
import { parseContentType, type ContentType } from "../content-type.ts";
import { addElement, addMember, emptyObject, isPlainName } from "./tree-members.ts";

const MAX_PARTS = 10_000;
const MAX_HEADER_BYTES = 64 * 1024;
const HEADER_LINE = /^([^\s:]{1,200}):[ \t]*(.*)$/;
const [TAB, LF, CR, SPACE, DASH] = [0x09, 0x0a, 0x0d, 0x20, 0x2d];

/** Parses the content of one part. */
export type ParsePart = (bytes: Uint8Array, type: ContentType) => Json;

/**
 * Parses a multipart body (RFC 2046 §5.1). The fields of a form are members by name: `$.avatar.filename`, `$.avatar.body`.
 * The parts of other types become an array. The boundary, the preamble and the epilogue are ignored.
 * @returns undefined when the type has no boundary parameter, or the closing boundary is missing
 * @throws ParseLimitError
 */
export function parseMultipart(bytes: Uint8Array, type: ContentType, parsePart: ParsePart): Json | undefined {
  const boundary = type.parameters.get("boundary") ?? "";
  const parts =
    boundary === "" ? undefined : splitParts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), boundary);
  const parsed = parts?.map((part) => parseHeadersAndBody(part, parsePart));
  if (parsed === undefined || parsed.includes(undefined)) return undefined;
  const complete = parsed.filter((part) => part !== undefined);
  if (type.mediaType !== "multipart/form-data") return complete.map(({ value }) => value);
  const fields = emptyObject();
  for (const { name, value } of complete) {
    if (isPlainName(name)) addMember(fields, name, value);
    else addElement(fields, "$odd", { ...value, $name: name });
  }
  return fields;
}

/** @returns undefined when the closing boundary is missing */
function splitParts(bytes: Buffer, boundary: string): Buffer[] | undefined {
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const parts: Buffer[] = [];
  let start = -1;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at + 1)) {
    if (at > 0 && bytes[at - 1] !== LF) continue;
    const after = at + delimiter.length;
    const ends = bytes[after] === DASH && bytes[after + 1] === DASH;
    const next = ends ? after : lineEnd(bytes, after);
    // The line starts with the boundary but continues with other text.
    if (next === undefined) continue;
    if (start !== -1) parts.push(bytes.subarray(start, Math.max(start, trimLineBreak(bytes, at))));
    if (ends) return start === -1 ? undefined : parts;
    if (parts.length >= MAX_PARTS) throw tooManyValues();
    start = next;
  }
  return undefined;
}

/** The position after the line break; undefined when the line contains anything but spaces. */
function lineEnd(bytes: Buffer, from: number): number | undefined {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
  if (bytes[at] === CR) at += 1;
  return bytes[at] === LF ? at + 1 : undefined;
}

/** The line break before a boundary belongs to the boundary. */
function trimLineBreak(bytes: Buffer, at: number): number {
  return bytes[at - 2] === CR ? at - 2 : at - 1;
}

function parseHeadersAndBody(
  part: Buffer,
  parsePart: ParsePart,
): { readonly name: string; readonly value: JsonObject } | undefined {
  const blank = findBlankLine(part);
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
  return { name: nameOf(disposition), value: { headers, body } };
}

/** The extended parameter (RFC 8187) names the same part: `name*=utf-8''caf%C3%A9`. */
function nameOf(disposition: ContentType["parameters"]): string {
  const [, encoded] = /^[^']*'[^']*'(.*)$/.exec(disposition.get("name*") ?? "") ?? [];
  return disposition.get("name") ?? percentDecoded(encoded ?? "");
}

function findBlankLine(part: Buffer): { readonly start: number; readonly end: number } | undefined {
  const first = lineEnd(part, 0);
  if (first !== undefined) return { start: 0, end: first };
  const head = part.subarray(0, MAX_HEADER_BYTES).toString("latin1");
  const found = /\r?\n\r?\n/.exec(head);
  return found === null ? undefined : { start: found.index, end: found.index + found[0].length };
}

/** A nested boundary is random in each response. */
function withoutBoundary(header: string): string {
  return header.replace(/;\s{0,20}boundary=(?:"[^"]{0,200}"|[^;]{0,200})/i, "");
}
