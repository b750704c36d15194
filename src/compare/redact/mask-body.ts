import { unreachable } from "../../lib/unreachable.ts";
import { isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";
import { opaqueBytes } from "../body/opaque-bytes.ts";
import {
  MAX_NESTED_PARTS,
  parseBody,
  partMembers,
  type BodySource,
  type ParsedBody,
  type ParsedTree,
} from "../body/parse-body.ts";
import { ParseLimitError } from "../body/parse-limits.ts";
import { parseTable } from "../body/parsers/delimited-table.ts";
import { decodeFormText, parseForm } from "../body/parsers/form.ts";
import { parseMultipart } from "../body/parsers/multipart.ts";
import { parseXml } from "../body/parsers/markup/xml.ts";
import { jsonStart } from "../body/wrapped-json.ts";
import type { Json } from "../tree/json-tree.ts";
import { isBlankJson, jsonSeparator, parseJson } from "../tree/parse-json.ts";
import { childPositions, ROOT_POSITION } from "./json-secrets.ts";
import { freeTextSpans } from "./free-text.ts";
import { maskHtml } from "./mask-html.ts";
import { maskJsonText, maskJsonTree } from "./mask-json.ts";
import { maskTable } from "./mask-table.ts";
import { maskXml } from "./mask-xml.ts";
import type { Masker } from "./masker.ts";

/** Bodies larger than this are secret as a whole, except JSON: masking a text takes longer than comparing it. */
const MAX_MASKED_BYTES = 1024 * 1024;

export interface MaskSource extends BodySource {
  /** The decoded body. */
  readonly bytes: Uint8Array;
  /** Only the beginning was captured. */
  readonly isTruncated: boolean;
}

/**
 * A parsed body in the form in which it can be shown and stored: its tree with secrets replaced, and a text written from that
 * tree. To support another format, add a case to `maskTree`.
 * @returns undefined when the structure of the body is unknown: its parser failed, it was cut within a value, or it is too
 * large. Then it is secret as a whole.
 */
export function maskBody(parsed: ParsedBody, source: MaskSource, masker: Masker): ParsedBody | undefined {
  const isJson = parsed.form === "tree" && parsed.syntax === "json";
  if (source.bytes.length > MAX_MASKED_BYTES && !isJson) return undefined;
  try {
    return maskParsed(parsed, source, masker, 0);
  } catch (error) {
    if (error instanceof ParseLimitError) return undefined;
    throw error;
  }
}

function maskParsed(parsed: ParsedBody, source: MaskSource, masker: Masker, depth: number): ParsedBody | undefined {
  switch (parsed.form) {
    case "empty":
    case "uncompared":
      return parsed;
    case "binary":
      return parsed;
    case "text": {
      if (parsed.broken !== null) return undefined;
      const text = source.isTruncated ? wholeLines(parsed.text) : parsed.text;
      return text === undefined ? undefined : { ...parsed, text: masker.text(text) };
    }
    case "tree":
      return source.isTruncated ? undefined : maskTree(parsed, source, masker, depth);
  }
  return unreachable(parsed);
}

function maskTree(parsed: ParsedTree, source: MaskSource, masker: Masker, depth: number): ParsedTree | undefined {
  const { syntax, text = "", value } = parsed;
  /** @param written undefined if the text could not be parsed */
  const rewritten = (written: string | undefined, read: (text: string) => Json | undefined): ParsedTree | undefined => {
    const masked = written === undefined ? undefined : read(written);
    return masked === undefined ? undefined : { ...parsed, text: written, value: masked };
  };
  switch (syntax) {
    case "json":
      return { ...parsed, text: maskJsonText(text, value, masker), value, wrapper: maskWrapper(parsed, masker) };
    case "json-lines":
      return { ...parsed, text: maskJsonLines(text, value, source, masker), value };
    case "html":
      return { ...parsed, ...maskHtml(text, masker) };
    case "xml":
      return rewritten(maskXml(text, masker), parseXml);
    case "form":
      return rewritten(maskForm(text, masker), parseForm);
    case "table":
      return rewritten(maskTable(text, source.type, masker), (masked) => parseTable(masked, source.type));
    case "multipart":
      return { ...parsed, value: maskJsonTree(maskParts(source, masker, depth) ?? value, masker) };
    case "events":
    case "protobuf":
    case "grpc":
    case "grpc-json":
      return { ...parsed, value: maskJsonTree(value, masker) };
  }
  return unreachable(syntax);
}

/** A callback can have any name. */
function maskWrapper({ wrapper }: ParsedTree, masker: Masker): ParsedTree["wrapper"] {
  return wrapper && { ...wrapper, before: masker.text(wrapper.before) };
}

/** Masks each line or record as the parser splits them, see `parseJsonLines`. */
function maskJsonLines(text: string, lines: Json, { type }: MaskSource, masker: Masker): string {
  const positions = Array.isArray(lines) ? childPositions(lines, ROOT_POSITION) : undefined;
  let at = -1;
  const separator = jsonSeparator(type.mediaType);
  return text
    .split(separator)
    .map((line) => {
      if (isBlankJson(line)) return line;
      const parsed = parseJson(line);
      if (parsed === undefined) return masker.whole(line);
      at += 1;
      return maskJsonText(line, parsed.value, masker, positions?.of(at));
    })
    .join(separator);
}

/**
 * Fields without a secret keep their spelling. The value of a field with one is secret as a whole. A body that claims to be a
 * form but is not one is also searched as text, because `&` may be part of it.
 */
function maskForm(text: string, masker: Masker): string {
  const spans = freeTextSpans(text);
  let end = -1;
  let next = 0;
  return text
    .split("&")
    .map((field) => {
      const start = end + 1;
      end = start + field.length;
      while ((spans[next]?.end ?? Infinity) <= start) next += 1;
      const isHit = (spans[next]?.start ?? Infinity) < end;
      const equals = field.indexOf("=");
      const name = decodeFormText(equals === -1 ? field : field.slice(0, equals));
      const value = equals === -1 ? "" : decodeFormText(field.slice(equals + 1));
      const shownName = masker.text(name);
      if (isHit && equals === -1) return masker.whole(name);
      const written =
        shownName === name ? field.slice(0, equals === -1 ? undefined : equals) : encodeURIComponent(shownName);
      if (equals === -1) return written;
      const isSecret = isHit || isSensitiveEncodedName(name) || masker.text(value) !== value;
      return `${written}=${isSecret ? masker.whole(value) : field.slice(equals + 1)}`;
    })
    .join("&");
}

/** The parts of a multipart body, each masked by its own type. */
function maskParts(source: MaskSource, masker: Masker, depth: number): Json | undefined {
  return parseMultipart(source.bytes, source.type, (bytes, type) => {
    if (depth >= MAX_NESTED_PARTS) return { body: opaqueBytes(bytes) };
    const part = { ...source, bytes, type };
    const parsed = parseBody(bytes, part);
    const masked = maskParsed(parsed, part, masker, depth + 1);
    if (masked !== undefined) return partMembers(masked);
    return { body: parsed.form === "text" ? masker.whole(parsed.text) : opaqueBytes(bytes) };
  });
}

/** A truncated body may begin with JSON or markup, whose secrets depend on what follows. */
const STRUCTURED = /^\s*[{[<"]/;

/** @returns undefined when a truncated text has no line that is known to be complete */
function wholeLines(text: string): string | undefined {
  const end = text.lastIndexOf("\n");
  return end === -1 || STRUCTURED.test(text.slice(jsonStart(text))) ? undefined : text.slice(0, end + 1);
}
