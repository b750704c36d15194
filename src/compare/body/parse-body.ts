import type { Registry } from "@bufbuild/protobuf";
import { unreachable } from "../../lib/unreachable.ts";
import { parseJson, type Json } from "../tree/json-tree.ts";
import { BeyondCap, MAX_VALUES, tooManyValues } from "./parse-limits.ts";
import { charactersOf, type Characters } from "./decode-text.ts";
import type { ContentType } from "./content-type.ts";
import { liftEvents } from "./parsers/event-stream.ts";
import { liftForm } from "./parsers/form.ts";
import { liftGrpc } from "./parsers/grpc.ts";
import { liftHtml } from "./parsers/html.ts";
import { liftJsonLines } from "./parsers/json-lines.ts";
import { liftMessage } from "./parsers/protobuf-message.ts";
import { liftMultipart } from "./parsers/multipart.ts";
import { opaque } from "./opaque-bytes.ts";
import { looksLikeJson, sniffed } from "./sniff-format.ts";
import { declaredSyntax, type Syntax } from "./body-syntax.ts";
import { liftTable } from "./parsers/delimited-table.ts";
import { liftXml } from "./parsers/xml.ts";

/** A body as something that can be compared. */
export type Lifted =
  | { readonly form: "empty" }
  | Tree
  /** `broken`: it says that it is written in this grammar, and is not. */
  | { readonly form: "text"; readonly text: string; readonly broken: Syntax | null }
  | { readonly form: "binary"; readonly bytes: Uint8Array; readonly broken: Syntax | null }
  /** More than is worth building. */
  | { readonly form: "uncompared"; readonly why: string };

interface Tree {
  readonly form: "tree";
  readonly syntax: Syntax;
  readonly value: Json;
  /** Of grammars for text: what was read, without its byte order mark. */
  readonly text: string | undefined;
  readonly byteOrderMark: boolean;
}

/** What a body is lifted by, besides its bytes. */
export interface LiftSource {
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
export function lift(bytes: Uint8Array, source: LiftSource, mask?: TextMask): Lifted {
  try {
    return liftAny(bytes, source, mask, 0);
  } catch (error) {
    if (error instanceof BeyondCap) return { form: "uncompared", why: error.message };
    throw error;
  }
}

function liftAny(bytes: Uint8Array, source: LiftSource, mask: TextMask | undefined, depth: number): Lifted {
  if (bytes.length === 0) return { form: "empty" };
  const declared = source.stored === "json" ? "json" : declaredSyntax(source.type.mediaType);
  if (declared === "binary") return { form: "binary", bytes, broken: null };
  if (declared === "protobuf" || declared === "grpc" || declared === "grpc-json") {
    return treeOrBytes(declared, messagesOf(bytes, declared, source), bytes);
  }
  if (declared === "multipart") {
    const liftPart = (part: Uint8Array, type: ContentType): Json =>
      depth < MAX_NESTED_PARTS ? partValue(liftAny(part, { ...source, type }, mask, depth + 1)) : opaque(part);
    return treeOrBytes(declared, liftMultipart(bytes, source.type, liftPart), bytes);
  }
  const parameters = source.stored === undefined ? source.type.parameters : NO_PARAMETERS;
  const characters = charactersOf(bytes, { parameters });
  if (characters !== undefined) return liftText(characters, bytes, declared, source, mask);
  return { form: "binary", bytes, broken: declared === "text" || declared === "unknown" ? null : declared };
}

type Textual = Exclude<ReturnType<typeof declaredSyntax>, "binary" | "protobuf" | "grpc" | "grpc-json" | "multipart">;

function liftText(
  { text, byteOrderMark }: Characters,
  bytes: Uint8Array,
  declared: Textual,
  source: LiftSource,
  mask: TextMask | undefined,
): Lifted {
  const tree = (syntax: Syntax, value: Json, read: string | undefined): Tree => {
    return { form: "tree", syntax, value, text: read, byteOrderMark };
  };
  const isJson = declared === "json";
  if (isJson || (declared !== "json-lines" && looksLikeJson(text))) {
    if (hasTooManyValues(bytes)) throw tooManyValues();
    const parsed = parseJson(text);
    if (parsed !== undefined) return tree("json", parsed.value, text);
    if (isJson) return { form: "text", text: marked(text, byteOrderMark), broken: "json" };
  }
  const syntax = declared === "unknown" ? sniffed(text) : declared;
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
      return liftJsonLines(text);
    case "html":
      return liftHtml(text);
    case "xml":
      return liftXml(text);
    case "form":
      return liftForm(text);
    case "table":
      return liftTable(text, type);
    case "events":
      return liftEvents(text);
  }
  return unreachable(syntax);
}

function messagesOf(
  bytes: Uint8Array,
  syntax: "protobuf" | "grpc" | "grpc-json",
  source: LiftSource,
): Json | undefined {
  if (syntax === "protobuf") return liftMessage(bytes, source);
  const { grpcEncoding, maxBytes } = source;
  return liftGrpc(bytes, { encoding: grpcEncoding, maxBytes }, (message) => {
    return syntax === "grpc" ? liftMessage(message, source) : parseJson(Buffer.from(message).toString())?.value;
  });
}

function treeOrBytes(syntax: Syntax, value: Json | undefined, bytes: Uint8Array): Lifted {
  if (value === undefined) return { form: "binary", bytes, broken: syntax };
  return { form: "tree", syntax, value, text: undefined, byteOrderMark: false };
}

/** A part that is not what it says is text or bytes beside one that is: of another type. */
function partValue(lifted: Lifted): Json {
  switch (lifted.form) {
    case "empty":
      return "";
    case "tree":
      return lifted.value;
    case "text":
      return lifted.text;
    case "binary":
      return opaque(lifted.bytes);
    case "uncompared":
      throw new BeyondCap(lifted.why);
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
