import type { Registry } from "@bufbuild/protobuf";
import { unreachable } from "../../lib/unreachable.ts";
import { parseJson, parseJsonLines } from "../tree/parse-json.ts";
import type { Json } from "../tree/json-tree.ts";
import { ParseLimitError, MAX_VALUES, tooManyValues } from "./parse-limits.ts";
import { decodeText, type DecodedText } from "./decode-text.ts";
import type { ContentType } from "./content-type.ts";
import { parseEventStream } from "./parsers/event-stream.ts";
import { addElement, addMember, emptyObject, isPlainName } from "./parsers/tree-members.ts";
import { percentDecoded } from "../../secrets/sensitive-names.ts";
import { parseGrpc } from "./parsers/grpc.ts";
import { parseHtml } from "./parsers/html.ts";
import { parseProtobuf } from "./parsers/protobuf-message.ts";
import { parseMultipart } from "./parsers/multipart.ts";
import { opaqueBytes } from "./opaque-bytes.ts";
import { looksLikeJson, sniffSyntax, declaredSyntax, type BodySyntax } from "./body-syntax.ts";
import { parseTable } from "./parsers/delimited-table.ts";
import { parseXml } from "./parsers/xml.ts";

/** A body as something that can be compared. */
export type ParsedBody =
  | { readonly form: "empty" }
  | Tree
  /** `broken`: it says that it is written in this grammar, and is not. */
  | { readonly form: "text"; readonly text: string; readonly broken: BodySyntax | null }
  | { readonly form: "binary"; readonly bytes: Uint8Array; readonly broken: BodySyntax | null }
  /** More than is worth building. */
  | { readonly form: "uncompared"; readonly why: string };

interface Tree {
  readonly form: "tree";
  readonly syntax: BodySyntax;
  readonly value: Json;
  /** Of grammars for text: what was read, without its byte order mark. */
  readonly text: string | undefined;
  readonly byteOrderMark: boolean;
}

/** What a body is lifted by, besides its bytes. */
export interface BodySource {
  readonly type: ContentType;
  /** Of the request, in origin form: for gRPC it tells the message. */
  readonly target: string;
  readonly grpcEncoding: string | undefined;
  /** Descriptions of messages, if there are any. */
  readonly registry: Registry | undefined;
  /** Of everything that is unpacked while lifting. */
  readonly maxBytes: number;
  /** The bytes come from a sample: they are UTF-8 whatever the type says, and `json` whatever they were. */
  readonly stored: "json" | "text" | undefined;
}

/** Takes secrets out of a text before it is read. */
export type TextMask = (text: string, mediaType: string) => string;

/** Below this size the number of values is no concern. */
const SMALL_BYTES = 4 * 1024 * 1024;
const MAX_NESTED_PARTS = 4;
const NO_PARAMETERS: ContentType["parameters"] = new Map();

/**
 * Bytes to a comparable value. The declared type decides; a body without one, of an unknown one, or of one that cannot be
 * right is looked at. See docs/bodies.md.
 * @param bytes with content codings removed
 * @param mask for what is to be shown; undefined: nothing is masked
 */
export function parseBody(bytes: Uint8Array, source: BodySource, mask?: TextMask): ParsedBody {
  try {
    return parseBytes(bytes, source, mask, 0);
  } catch (error) {
    if (error instanceof ParseLimitError) return { form: "uncompared", why: error.message };
    throw error;
  }
}

function parseBytes(bytes: Uint8Array, source: BodySource, mask: TextMask | undefined, depth: number): ParsedBody {
  if (bytes.length === 0) return { form: "empty" };
  const declared = source.stored === "json" ? "json" : declaredSyntax(source.type.mediaType);
  if (declared === "binary") return { form: "binary", bytes, broken: null };
  if (declared === "protobuf" || declared === "grpc" || declared === "grpc-json") {
    return treeOrBytes(declared, messagesOf(bytes, declared, source), bytes);
  }
  if (declared === "multipart") {
    const parsePart = (part: Uint8Array, type: ContentType): Json =>
      depth < MAX_NESTED_PARTS ? partValue(parseBytes(part, { ...source, type }, mask, depth + 1)) : opaqueBytes(part);
    return treeOrBytes(declared, parseMultipart(bytes, source.type, parsePart), bytes);
  }
  const parameters = source.stored === undefined ? source.type.parameters : NO_PARAMETERS;
  const characters = decodeText(bytes, { parameters });
  if (characters !== undefined) return parseText(characters, bytes, declared, source, mask);
  return { form: "binary", bytes, broken: declared === "text" || declared === "unknown" ? null : declared };
}

type Textual = Exclude<ReturnType<typeof declaredSyntax>, "binary" | "protobuf" | "grpc" | "grpc-json" | "multipart">;

function parseText(
  { text, byteOrderMark }: DecodedText,
  bytes: Uint8Array,
  declared: Textual,
  source: BodySource,
  mask: TextMask | undefined,
): ParsedBody {
  const tree = (syntax: BodySyntax, value: Json, read: string | undefined): Tree => {
    return { form: "tree", syntax, value, text: read, byteOrderMark };
  };
  const isJson = declared === "json";
  if (isJson || (declared !== "json-lines" && looksLikeJson(text))) {
    if (hasTooManyValues(bytes)) throw tooManyValues();
    const parsed = parseJson(text);
    if (parsed !== undefined) return tree("json", parsed.value, text);
    if (isJson) return { form: "text", text: marked(text, byteOrderMark), broken: "json" };
  }
  const syntax = declared === "unknown" ? sniffSyntax(text) : declared;
  if (syntax === "binary") return { form: "binary", bytes, broken: null };
  const masked = mask === undefined || UNMASKED.has(syntax) ? text : mask(text, source.type.mediaType);
  if (syntax === "text") return { form: "text", text: marked(masked, byteOrderMark), broken: null };
  const value = readText(masked, syntax, source.type);
  if (value === undefined) {
    const broken = declared === "unknown" ? null : syntax;
    return { form: "text", text: marked(masked, byteOrderMark), broken };
  }
  return tree(syntax, value, syntax === "events" ? undefined : text);
}

/** Their values are masked one by one. */
const UNMASKED: ReadonlySet<Textual> = new Set(["json-lines", "events"]);

function readText(text: string, syntax: Exclude<Textual, "text" | "unknown">, type: ContentType): Json | undefined {
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

function messagesOf(
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

function treeOrBytes(syntax: BodySyntax, value: Json | undefined, bytes: Uint8Array): ParsedBody {
  if (value === undefined) return { form: "binary", bytes, broken: syntax };
  return { form: "tree", syntax, value, text: undefined, byteOrderMark: false };
}

/** A part that is not what it says is text or bytes beside one that is: of another type. */
function partValue(lifted: ParsedBody): Json {
  switch (lifted.form) {
    case "empty":
      return "";
    case "tree":
      return lifted.value;
    case "text":
      return lifted.text;
    case "binary":
      return opaqueBytes(lifted.bytes);
    case "uncompared":
      throw new ParseLimitError(lifted.why);
  }
  return unreachable(lifted);
}

/** In a text the mark is a character like any other. */
function marked(text: string, byteOrderMark: boolean): string {
  return byteOrderMark ? `\uFEFF${text}` : text;
}

function hasTooManyValues(bytes: Uint8Array): boolean {
  if (bytes.length <= SMALL_BYTES) return false;
  let values = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values += 1;
  return values > MAX_VALUES;
}

/**
 * HeaderMap of a form (URL Standard, application/x-www-form-urlencoded) by name, in any order; a name that is there more than
 * once has its values in order. What has no plain name stands below `$odd` as it is.
 */
function parseForm(text: string): Json {
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

function decodeFormText(text: string): string {
  return percentDecoded(text.replaceAll("+", " "));
}
