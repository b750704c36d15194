import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { canonicalMembers } from "../../headers/field-forms.ts";
import { percentDecoded } from "../../../secrets/decoded-text.ts";
import { COST, ParseBudget } from "../parse-limits.ts";
import { parseContentType, type ContentType } from "../content-type.ts";
import { sortedByName } from "./form.ts";
import { losslessText } from "./lossless-text.ts";
import { addElement, addMember, emptyObject, isPlainName } from "./tree-members.ts";

/** Fields that parts have (RFC 2045 §3); the others are compared as text. */
const MEANINGFUL_FIELDS: ReadonlySet<string> = new Set([
  "content-type",
  "content-disposition",
  "content-transfer-encoding",
]);
const MAX_HEADER_BYTES = 64 * 1024;
const HEADER_LINE = /^([^\s:]{1,200}):[ \t]*(.*?)[ \t]*$/s;
const [TAB, LF, CR, SPACE, DASH] = [0x09, 0x0a, 0x0d, 0x20, 0x2d];

/** Parses the content of one part to members that are added to its headers. */
export type ParsePart = (bytes: Uint8Array, type: ContentType) => JsonObject;

/**
 * Parses a multipart body (RFC 2046 §5.1). The fields of a form are members by name: `$.avatar.filename`, `$.avatar.body`.
 * The parts of other types become an array. The boundary, the preamble and the epilogue are ignored. A part
 * whose lines end in a line feed only, which many parsers do not accept, has the member `lineBreaks`.
 * @returns undefined when the type has no boundary parameter, or the closing boundary is missing
 * @throws ParseLimitError
 */
export function parseMultipart(
  bytes: Uint8Array,
  type: ContentType,
  parsePart: ParsePart,
  budget = new ParseBudget(),
): Json | undefined {
  const boundary = type.parameters.get("boundary") ?? "";
  const parts =
    boundary === ""
      ? undefined
      : splitParts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), boundary, budget);
  const parsed = parts?.map((part) => parseHeadersAndBody(part, parsePart));
  if (parsed === undefined || parsed.includes(undefined)) return undefined;
  const complete = parsed.filter((part) => part !== undefined);
  if (type.mediaType !== "multipart/form-data") return complete.map(({ value }) => value);
  const fields = emptyObject();
  for (const { name, value } of complete) if (isPlainName(name)) addMember(fields, name, value);
  const odd = complete.filter(({ name }) => !isPlainName(name));
  if (odd.length > 0) fields["$odd"] = sortedByName(odd).map(({ name, value }) => ({ ...value, $name: name }));
  return fields;
}

interface Part {
  readonly bytes: Buffer;
  /** Whether the line of a boundary around it ends in a line feed only. */
  readonly hasBareBreak: boolean;
}

/** @returns undefined when the closing boundary is missing */
function splitParts(bytes: Buffer, boundary: string, budget: ParseBudget): Part[] | undefined {
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const parts: Part[] = [];
  let start = -1;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at + 1)) {
    if (at > 0 && bytes[at - 1] !== LF) continue;
    const after = at + delimiter.length;
    const ends = bytes[after] === DASH && bytes[after + 1] === DASH;
    const next = lineEnd(bytes, ends ? after + 2 : after, ends);
    // The line starts with the boundary but continues with other text.
    if (next === undefined) continue;
    if (start !== -1) {
      const hasBareBreak = bytes[start - 2] !== CR || bytes[at - 2] !== CR;
      parts.push({ bytes: bytes.subarray(start, Math.max(start, trimLineBreak(bytes, at))), hasBareBreak });
    }
    if (ends) return parts;
    budget.take(COST.part);
    start = next;
  }
  return undefined;
}

/** The position after the line break; undefined when the line contains anything but spaces. */
function lineEnd(bytes: Buffer, from: number, mayBeLast: boolean): number | undefined {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
  if (bytes[at] === CR) at += 1;
  if (at >= bytes.length && mayBeLast) return at;
  return bytes[at] === LF ? at + 1 : undefined;
}

/** The line break before a boundary belongs to the boundary. */
function trimLineBreak(bytes: Buffer, at: number): number {
  return bytes[at - 2] === CR ? at - 2 : at - 1;
}

function parseHeadersAndBody(
  { bytes: part, hasBareBreak }: Part,
  parsePart: ParsePart,
): { readonly name: string; readonly value: JsonObject } | undefined {
  const blank = findBlankLine(part);
  if (blank === undefined) return undefined;
  const headers = emptyObject();
  let type = parseContentType("");
  let disposition: ContentType["parameters"] = new Map();
  // A line that begins with white space continues the one before (RFC 5322 §2.2.3).
  const written = losslessText(part.subarray(0, blank.end));
  const lineBreaks = hasBareBreak || /(?<!\r)\n/.test(written) ? { lineBreaks: "LF" } : {};
  const head = written.slice(0, written.length - (blank.end - blank.start)).replaceAll(/\r?\n(?=[ \t])/g, "");
  for (const line of head.split(/\r?\n/)) {
    if (line === "") continue;
    const [, name = "", text = ""] = HEADER_LINE.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === "content-type") type = parseContentType(text);
    if (key === "content-disposition") disposition = parseContentType(text).parameters;
    if (isPlainName(key)) addMember(headers, key, canonicalValue(key, text));
    else addElement(headers, "$odd", line);
  }
  return { name: nameOf(disposition), value: { headers, ...parsePart(part.subarray(blank.end), type), ...lineBreaks } };
}

/** The extended parameter (RFC 8187) names the same part: `name*=utf-8''caf%C3%A9`. */
function nameOf(disposition: ContentType["parameters"]): string {
  const [, encoded] = /^[^']*'[^']*'(.*)$/.exec(disposition.get("name*") ?? "") ?? [];
  return disposition.get("name") ?? percentDecoded(encoded ?? "");
}

function findBlankLine(part: Buffer): { readonly start: number; readonly end: number } | undefined {
  const [first, second] = part;
  if (first === LF || (first === CR && second === LF)) return { start: 0, end: first === LF ? 1 : 2 };
  const head = part.subarray(0, MAX_HEADER_BYTES).toString("latin1");
  const found = /\r?\n\r?\n/.exec(head);
  return found === null ? undefined : { start: found.index, end: found.index + found[0].length };
}

/** The fields that describe the part in one spelling, without a nested boundary, which is random in each response. */
function canonicalValue(key: string, text: string): string {
  return (MEANINGFUL_FIELDS.has(key) ? canonicalMembers(key, text)?.join(", ") : undefined) ?? text;
}
