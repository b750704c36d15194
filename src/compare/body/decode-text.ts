import { isAscii } from "node:buffer";
import type { ContentType } from "./content-type.ts";
import { declaredSyntax } from "./media-types.ts";

const UTF_8 = "utf-8";
const BYTE_ORDER_MARK = "\uFEFF";
/** Its first byte in UTF-8. */
const UTF_8_MARK = 0xef;
/** HTML §13.2.3.2: the declaration must be in the first 1,024 bytes. */
const DECLARATION_BYTES = 1024;
const XML_DECLARATION = /^<\?xml\b[^>]{0,500}?\bencoding\s*=\s*["']([\w.:-]{1,40})/;
const META = /<meta\b[^>]{0,500}?\bcharset\s*=\s*["']?([\w.:-]{1,40})/i;

export interface DecodedText {
  /** Without its byte order mark. */
  readonly text: string;
  /** Whether UTF-8 begins with one. In UTF-16 it only tells the order of the bytes (RFC 2781 §3.2). */
  readonly byteOrderMark: boolean;
}

/**
 * Decodes bytes to characters. The encoding comes from a byte order mark, otherwise from the `charset` parameter, otherwise
 * from the declaration inside a markup document (RFC 7303 §3, HTML §13.2.3.2), otherwise it is UTF-8. When that fails, a
 * declaration decides in any document, and UTF-8 when the declaration is wrong.
 * @returns undefined when the bytes are not valid in that encoding: replacement characters (U+FFFD) would make different
 *   bytes equal
 */
export function decodeText(bytes: Uint8Array, type: ContentType): DecodedText | undefined {
  const label = markedEncoding(bytes) ?? typedEncoding(type);
  const text =
    label === undefined
      ? (decodeAsDeclared(bytes) ?? decode(bytes, UTF_8))
      : (decode(bytes, label) ?? decodeAsDeclared(bytes));
  if (text === undefined) return undefined;
  const hasMark = text.startsWith(BYTE_ORDER_MARK);
  return { text: hasMark ? text.slice(1) : text, byteOrderMark: hasMark && bytes[0] === UTF_8_MARK };
}

/**
 * The encoding of a text of this type without a byte order mark; undefined if the text declares it. Event streams are always
 * UTF-8 (HTML §9.2.5).
 */
export function typedEncoding({ mediaType, parameters }: ContentType): string | undefined {
  const syntax = declaredSyntax(mediaType);
  const charset = syntax === "events" ? undefined : parameters.get("charset");
  if (charset !== undefined) return createDecoder(charset).encoding;
  return syntax === "html" || syntax === "xml" ? undefined : UTF_8;
}

/** The encoding of these bytes: `typedEncoding`, or what they say themselves. */
export function encodingOf(bytes: Uint8Array, type: ContentType): string {
  const label = markedEncoding(bytes) ?? typedEncoding(type) ?? declaredEncoding(bytes) ?? UTF_8;
  return createDecoder(label).encoding;
}

function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === UTF_8_MARK && second === 0xbb && third === 0xbf) return UTF_8;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function decodeAsDeclared(bytes: Uint8Array): string | undefined {
  const label = declaredEncoding(bytes);
  return label === undefined ? undefined : decode(bytes, label);
}

/** What a markup document declares in itself. */
function declaredEncoding(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString("latin1");
  // XML 1.0 appendix F
  if (start.startsWith("<\0?\0")) return "utf-16le";
  if (start.startsWith("\0<\0?")) return "utf-16be";
  const [, label] = XML_DECLARATION.exec(start) ?? META.exec(start) ?? [];
  // The declaration could not be read in UTF-16 (HTML §13.2.3.2).
  return label !== undefined && /^(?:utf-16|ucs-2|unicode)/i.test(label) ? undefined : label;
}

function decode(bytes: Uint8Array, label: string): string | undefined {
  if (label === UTF_8 && isAscii(bytes)) {
    // Most bodies are ASCII: checking and copying takes a third of the time of a decoder.
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
  try {
    return createDecoder(label).decode(bytes);
  } catch {
    return undefined;
  }
}

/** An unknown label falls back to UTF-8, the encoding of most bodies. */
function createDecoder(label: string): TextDecoder {
  const options = { fatal: true, ignoreBOM: true };
  try {
    return new TextDecoder(label.trim(), options);
  } catch {
    return new TextDecoder("utf-8", options);
  }
}
