import type { Registry } from "@bufbuild/protobuf";
import { unreachable } from "../../lib/unreachable.ts";
import { percentDecoded } from "../../secrets/decoded-text.ts";
import type { Json } from "../tree/json-tree.ts";
import { parseJson, parseJsonLines } from "../tree/parse-json.ts";
import { declaredSyntax, looksLikeJson, sniffSyntax, type BodySyntax } from "./media-types.ts";
import type { ContentType } from "./content-type.ts";
import { decodeText, type DecodedText } from "./decode-text.ts";
import { opaqueBytes } from "./opaque-bytes.ts";
import { MAX_VALUES, ParseLimitError, tooManyValues } from "./parse-limits.ts";
import { parseTable } from "./parsers/delimited-table.ts";
import { parseEventStream } from "./parsers/event-stream.ts";
import { parseGrpc } from "./parsers/grpc.ts";
import { parseHtml } from "./parsers/html.ts";
import { parseMultipart } from "./parsers/multipart.ts";
import { parseProtobuf } from "./parsers/protobuf-message.ts";
import { addElement, addMember, emptyObject, isPlainName } from "./parsers/tree-members.ts";
import { parseXml } from "./parsers/xml.ts";

/** A body in a form that can be compared. */
export type ParsedBody =
  | { readonly form: "empty" }
  | ParsedTree
  /** `broken`: the declared syntax, when the text is not valid in it. */
  | { readonly form: "text"; readonly text: string; readonly broken: BodySyntax | null }
  | { readonly form: "binary"; readonly bytes: Uint8Array; readonly broken: BodySyntax | null }
  /** The tree would exceed a limit of `parse-limits.ts`; `why` is for the report. */
  | { readonly form: "uncompared"; readonly why: string };

export interface ParsedTree {
  readonly form: "tree";
  readonly syntax: BodySyntax;
  readonly value: Json;
  /** The text that was parsed, without its byte order mark; undefined for binary syntaxes and event streams. */
  readonly text: string | undefined;
  readonly byteOrderMark: boolean;
}

/** What the parser needs besides the bytes. */
export interface BodySource {
  readonly type: ContentType;
  /** The request target in origin form. For gRPC it identifies the message type. */
  readonly target: string;
  readonly grpcEncoding: string | undefined;
  /** Protocol Buffers descriptors, if configured. */
  readonly registry: Registry | undefined;
  /** Limit on everything that is decompressed while parsing. */
  readonly maxBytes: number;
  /** Set when the bytes come from a stored sample: they are UTF-8 whatever the type says, and `json` replaces the type. */
  readonly stored: "json" | "text" | undefined;
}

/** Up to this size a body cannot have too many values. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** Parts in parts beyond this depth stay bytes. */
export const MAX_NESTED_PARTS = 4;
const NO_PARAMETERS: ContentType["parameters"] = new Map();

/**
 * Parses bytes to a comparable form. The declared type decides; the content is sniffed when the type is missing, unknown
 * or wrong. See docs/bodies.md.
 * @param bytes with content codings removed
 */
export function parseBody(bytes: Uint8Array, source: BodySource): ParsedBody {
  try {
    return parseBytes(bytes, source, 0);
  } catch (error) {
    if (error instanceof ParseLimitError) return { form: "uncompared", why: error.message };
    throw error;
  }
}

function parseBytes(bytes: Uint8Array, source: BodySource, depth: number): ParsedBody {
  if (bytes.length === 0) return { form: "empty" };
  const declared = source.stored === "json" ? "json" : declaredSyntax(source.type.mediaType);
  if (declared === "binary") return { form: "binary", bytes, broken: null };
  if (declared === "protobuf" || declared === "grpc" || declared === "grpc-json") {
    return treeOrBytes(declared, parseMessages(bytes, declared, source), bytes);
  }
  if (declared === "multipart") {
    const parsePart = (part: Uint8Array, type: ContentType): Json =>
      depth < MAX_NESTED_PARTS ? partValue(parseBytes(part, { ...source, type }, depth + 1)) : opaqueBytes(part);
    return treeOrBytes(declared, parseMultipart(bytes, source.type, parsePart), bytes);
  }
  const parameters = source.stored === undefined ? source.type.parameters : NO_PARAMETERS;
  const decoded = decodeText(bytes, { parameters });
  if (decoded !== undefined) return parseText(decoded, bytes, declared, source);
  return { form: "binary", bytes, broken: declared === "text" || declared === "unknown" ? null : declared };
}

type DeclaredText = Exclude<
  ReturnType<typeof declaredSyntax>,
  "binary" | "protobuf" | "grpc" | "grpc-json" | "multipart"
>;

function parseText(
  { text, byteOrderMark }: DecodedText,
  bytes: Uint8Array,
  declared: DeclaredText,
  source: BodySource,
): ParsedBody {
  const tree = (syntax: BodySyntax, value: Json, parsedText: string | undefined): ParsedTree => {
    return { form: "tree", syntax, value, text: parsedText, byteOrderMark };
  };
  const isJson = declared === "json";
  if (isJson || (declared !== "json-lines" && looksLikeJson(text))) {
    if (hasTooManyValues(bytes)) throw tooManyValues();
    const parsed = parseJson(text);
    if (parsed !== undefined) return tree("json", parsed.value, text);
    if (isJson) return { form: "text", text: withMark(text, byteOrderMark), broken: "json" };
  }
  const syntax = declared === "unknown" ? sniffSyntax(text) : declared;
  if (syntax === "binary") return { form: "binary", bytes, broken: null };
  if (syntax === "text") return { form: "text", text: withMark(text, byteOrderMark), broken: null };
  const value = parseTextSyntax(text, syntax, source.type);
  if (value === undefined) {
    const broken = declared === "unknown" ? null : syntax;
    return { form: "text", text: withMark(text, byteOrderMark), broken };
  }
  return tree(syntax, value, syntax === "events" ? undefined : text);
}

function parseTextSyntax(
  text: string,
  syntax: Exclude<DeclaredText, "text" | "unknown">,
  type: ContentType,
): Json | undefined {
  switch (syntax) {
    case "json":
      return parseJson(text)?.value;
    case "json-lines":
      return parseJsonLines(text);
    case "html":
      return parseHtml(text);
    case "xml":
      return parseXml(text);
    case "form":
      return parseForm(text);
    case "table":
      return parseTable(text, type);
    case "events":
      return parseEventStream(text);
  }
  return unreachable(syntax);
}

function parseMessages(
  bytes: Uint8Array,
  syntax: "protobuf" | "grpc" | "grpc-json",
  source: BodySource,
): Json | undefined {
  if (syntax === "protobuf") return parseProtobuf(bytes, source);
  const { grpcEncoding, maxBytes } = source;
  return parseGrpc(bytes, { encoding: grpcEncoding, maxBytes }, (message) => {
    return syntax === "grpc" ? parseProtobuf(message, source) : parseJson(Buffer.from(message).toString())?.value;
  });
}

/**
 * The fields of a form by name (URL Standard, application/x-www-form-urlencoded), in any order. The values of a repeated
 * name stay in order. Fields without a plain name are listed verbatim under `$odd`.
 */
export function parseForm(text: string): Json {
  const fields = emptyObject();
  for (const field of text.split("&")) {
    if (field === "") continue;
    const equals = field.indexOf("=");
    const name = decodeFormText(equals === -1 ? field : field.slice(0, equals));
    const value = equals === -1 ? "" : decodeFormText(field.slice(equals + 1));
    if (isPlainName(name)) addMember(fields, name, value);
    else addElement(fields, "$odd", equals === -1 ? name : `${name}=${value}`);
  }
  return fields;
}

export function decodeFormText(text: string): string {
  return percentDecoded(text.replaceAll("+", " "));
}

function treeOrBytes(syntax: BodySyntax, value: Json | undefined, bytes: Uint8Array): ParsedBody {
  if (value === undefined) return { form: "binary", bytes, broken: syntax };
  return { form: "tree", syntax, value, text: undefined, byteOrderMark: false };
}

/** A part that is not valid in its syntax becomes a string or opaque bytes, so it differs in type from a valid one. */
export function partValue(parsed: ParsedBody): Json {
  switch (parsed.form) {
    case "empty":
      return "";
    case "tree":
      return parsed.value;
    case "text":
      return parsed.text;
    case "binary":
      return opaqueBytes(parsed.bytes);
    case "uncompared":
      throw new ParseLimitError(parsed.why);
  }
  return unreachable(parsed);
}

/** In unparsed text the byte order mark is a character like any other. */
function withMark(text: string, byteOrderMark: boolean): string {
  return byteOrderMark ? `\uFEFF${text}` : text;
}

function hasTooManyValues(bytes: Uint8Array): boolean {
  if (bytes.length <= SMALL_BYTES) return false;
  let values = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values += 1;
  return values > MAX_VALUES;
}
