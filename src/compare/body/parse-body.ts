import type { Registry } from "@bufbuild/protobuf";
import { unreachable } from "../../lib/unreachable.ts";
import { quotedString, type Json, type JsonObject } from "../tree/json-tree.ts";
import { jsonSeparator, parseJson, parseJsonLines } from "../tree/parse-json.ts";
import {
  declaredSyntax,
  isBase64,
  isScript,
  looksLikeJson,
  sniffSyntax,
  type BodySyntax,
  type DeclaredSyntax,
} from "./media-types.ts";
import type { ContentType } from "./content-type.ts";
import { decodeText, type DecodedText } from "./decode-text.ts";
import { opaqueBytes } from "./opaque-bytes.ts";
import { ParseBudget, ParseLimitError } from "./parse-limits.ts";
import { parseTable } from "./parsers/delimited-table.ts";
import { parseEventStream } from "./parsers/event-stream.ts";
import { decodeFrames, parseGrpc } from "./parsers/protobuf/grpc.ts";
import { losslessText } from "./parsers/lossless-text.ts";
import { parseHtml } from "./parsers/markup/html.ts";
import { parseMultipart } from "./parsers/multipart.ts";
import { parseProtobuf } from "./parsers/protobuf/protobuf-message.ts";
import { parseForm } from "./parsers/form.ts";
import { parseXml } from "./parsers/markup/xml.ts";
import { parseSimilarJson, type PlainJson } from "./similar-json.ts";
import { unwrapJson, type JsonWrapper } from "./wrapped-json.ts";

/** A body in a form that can be compared. */
export type ParsedBody =
  | { readonly form: "empty" }
  | ParsedTree
  | ParsedText
  /** `broken`: the declared syntax, when the content is not valid in it. */
  | { readonly form: "binary"; readonly bytes: Uint8Array; readonly broken: BodySyntax | null }
  /** The tree would exceed a limit of `parse-limits.ts`; `why` is for the report. */
  | { readonly form: "uncompared"; readonly why: string };

export interface ParsedText {
  readonly form: "text";
  /** Without its byte order mark. */
  readonly text: string;
  readonly byteOrderMark: boolean;
  readonly broken: BodySyntax | null;
}

export interface ParsedTree {
  readonly form: "tree";
  readonly syntax: BodySyntax;
  readonly value: Json;
  /** The text that was parsed, without its byte order mark and wrapper; undefined for binary syntaxes and event streams. */
  readonly text: string | undefined;
  readonly byteOrderMark: boolean;
  /** For JSON without exact numbers and repeated keys: what a similar body can share. */
  readonly plain?: PlainJson | undefined;
  /** Around JSON only. */
  readonly wrapper?: JsonWrapper | undefined;
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

/** Parts in parts beyond this depth stay bytes. */
export const MAX_NESTED_PARTS = 4;
/** In other formats, the beginning of JSONP can mean something else. */
const MAY_BE_WRAPPED: ReadonlySet<DeclaredSyntax> = new Set(["json", "text", "html", "unknown"]);
const STORED_TYPE: ContentType = { mediaType: "", parameters: new Map() };

/**
 * Parses bytes to a comparable form. The declared type decides; the content is sniffed when the type is missing, unknown
 * or wrong. See docs/bodies.md.
 * @param bytes with content codings removed
 * @param similar JSON that may be nearly equal, to share what is
 */
export function parseBody(bytes: Uint8Array, source: BodySource, similar?: PlainJson): ParsedBody {
  try {
    return parseBytes(bytes, { ...source, budget: new ParseBudget(), similar }, 0);
  } catch (error) {
    if (error instanceof ParseLimitError) return { form: "uncompared", why: error.message };
    throw error;
  }
}

/** A body, or a part of one: all parts share the budget. */
interface BoundedSource extends BodySource {
  readonly budget: ParseBudget;
  readonly similar: PlainJson | undefined;
}

function parseBytes(bytes: Uint8Array, source: BoundedSource, depth: number): ParsedBody {
  if (bytes.length === 0) return { form: "empty" };
  const declared = source.stored === "json" ? "json" : declaredSyntax(source.type.mediaType);
  if (declared === "binary") return { form: "binary", bytes, broken: null };
  if (declared === "protobuf" || declared === "grpc" || declared === "grpc-json") {
    return treeOrBytes(declared, parseMessages(bytes, declared, source), bytes);
  }
  if (declared === "multipart") {
    const parsePart = (part: Uint8Array, type: ContentType): JsonObject =>
      depth < MAX_NESTED_PARTS
        ? partMembers(parseBytes(part, { ...source, type, similar: undefined }, depth + 1))
        : { body: opaqueBytes(part) };
    return treeOrBytes(declared, parseMultipart(bytes, source.type, parsePart, source.budget), bytes);
  }
  const decoded = decodeText(bytes, source.stored === undefined ? source.type : STORED_TYPE);
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
  source: BoundedSource,
): ParsedBody {
  const asText = (broken: BodySyntax | null): ParsedText => ({ form: "text", text, byteOrderMark, broken });
  const json = parseJsonText(text, declared, source);
  if (json !== undefined) return { form: "tree", syntax: "json", byteOrderMark, ...json };
  if (declared === "json") return asText("json");
  const syntax = declared === "unknown" ? sniffSyntax(text) : declared;
  if (syntax === "binary") return { form: "binary", bytes, broken: null };
  if (syntax === "text") return asText(null);
  const value = parseTextSyntax(text, syntax, source);
  if (value === undefined) return asText(declared === "unknown" ? null : syntax);
  return { form: "tree", syntax, value, text: syntax === "events" ? undefined : text, byteOrderMark };
}

/** JSON under its own type, and objects and arrays under the type of another text; also with a prefix, or as JSONP. */
function parseJsonText(
  text: string,
  declared: DeclaredText,
  source: BoundedSource,
): Pick<ParsedTree, "value" | "text" | "plain" | "wrapper"> | undefined {
  const anyRoot = declared === "json" || isScript(source.type.mediaType);
  const wrapped = MAY_BE_WRAPPED.has(declared) ? unwrapJson(text) : undefined;
  if (wrapped !== undefined && (anyRoot || looksLikeJson(wrapped.json))) {
    const parsed = parseOneJson(wrapped.json, source);
    if (parsed !== undefined) return { ...parsed, wrapper: wrapped.wrapper };
  }
  if (declared !== "json" && (declared === "json-lines" || !looksLikeJson(text))) return undefined;
  return parseOneJson(text, source);
}

function parseOneJson(
  text: string,
  { budget, similar }: BoundedSource,
): Pick<ParsedTree, "value" | "text" | "plain"> | undefined {
  const bytes = Buffer.from(text);
  if (similar !== undefined) {
    // The budget was sufficient for the other tree, which takes as much.
    const value = parseSimilarJson(bytes, similar);
    if (value !== undefined) return { value, text, plain: { bytes, value, isShared: true } };
  }
  const parsed = parseJson(text, budget, bytes);
  if (parsed === undefined) return undefined;
  const { value, isPlain } = parsed;
  return { value, text, plain: isPlain ? { bytes, value, isShared: false } : undefined };
}

function parseTextSyntax(
  text: string,
  syntax: Exclude<DeclaredText, "json" | "text" | "unknown">,
  { type, budget }: BoundedSource,
): Json | undefined {
  switch (syntax) {
    case "json-lines":
      return parseJsonLines(text, jsonSeparator(type.mediaType), budget);
    case "html":
      return parseHtml(text, budget);
    case "xml":
      return parseXml(text, budget);
    case "form":
      return parseForm(text, budget);
    case "table":
      return parseTable(text, type, budget);
    case "events":
      return parseEventStream(text, budget);
  }
  return unreachable(syntax);
}

function parseMessages(
  bytes: Uint8Array,
  syntax: "protobuf" | "grpc" | "grpc-json",
  source: BoundedSource,
): Json | undefined {
  const { grpcEncoding, maxBytes, budget } = source;
  if (syntax === "protobuf") return parseProtobuf(bytes, source, budget);
  const frames = isBase64(source.type.mediaType) ? decodeFrames(bytes) : bytes;
  return (
    frames &&
    parseGrpc(frames, { encoding: grpcEncoding, maxBytes, budget }, (message) => {
      return syntax === "grpc"
        ? parseProtobuf(message, source, budget)
        : parseJson(losslessText(message), budget)?.value;
    })
  );
}

function treeOrBytes(syntax: BodySyntax, value: Json | undefined, bytes: Uint8Array): ParsedBody {
  if (value === undefined) return { form: "binary", bytes, broken: syntax };
  return { form: "tree", syntax, value, text: undefined, byteOrderMark: false };
}

/**
 * The members of a part that stand for its content. What is not valid in its syntax becomes a string or opaque bytes, so it
 * differs in type from what is: a string of JSON keeps its quotes.
 */
export function partMembers(parsed: ParsedBody): JsonObject {
  const mark = "byteOrderMark" in parsed && parsed.byteOrderMark ? { byteOrderMark: true } : {};
  switch (parsed.form) {
    case "empty":
      return { body: "" };
    case "tree":
      return { body: quotedString(parsed.value), ...parsed.wrapper?.members, ...mark };
    case "text":
      return { body: parsed.text, ...mark };
    case "binary":
      return { body: opaqueBytes(parsed.bytes) };
    case "uncompared":
      throw new ParseLimitError(parsed.why);
  }
  return unreachable(parsed);
}
