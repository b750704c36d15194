import { isAscii } from "node:buffer";
import type { ContentType } from "./content-type.ts";

const UTF_8 = "utf-8";
const BYTE_ORDER_MARK = "\uFEFF";
/** HTML §13.2.3.2: a declaration must be within the first 1,024 bytes. */
const DECLARATION_BYTES = 1024;
const DECLARATION = /<(?:\?xml|meta)\b[^>]{0,500}?(?:encoding|charset)\s*=\s*["']?([\w.:-]{1,40})/i;

export interface DecodedText {
  readonly text: string;
  readonly byteOrderMark: boolean;
}

/**
 * Bytes to characters: by the byte order mark of UTF-16, by the `charset` parameter, as UTF-8, or by what a markup
 * document says of itself, in this order.
 * @returns undefined when the bytes are no such text: decoding would make different ones equal (U+FFFD)
 */
export function decodeText(
  bytes: Uint8Array,
  { parameters }: Pick<ContentType, "parameters">,
): DecodedText | undefined {
  const text = decoded(bytes, utf16Mark(bytes) ?? parameters.get("charset") ?? UTF_8) ?? byDeclaration(bytes);
  if (text === undefined) return undefined;
  const byteOrderMark = text.startsWith(BYTE_ORDER_MARK);
  return { text: byteOrderMark ? text.slice(1) : text, byteOrderMark };
}

function utf16Mark([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function byDeclaration(bytes: Uint8Array): string | undefined {
  const [, name] = DECLARATION.exec(Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString("latin1")) ?? [];
  return name === undefined ? undefined : decoded(bytes, name);
}

/** A label that nobody knows is read as UTF-8 (what most bodies are). */
function decoded(bytes: Uint8Array, label: string): string | undefined {
  if (label === UTF_8 && isAscii(bytes)) {
    // Most bodies: to look and to copy takes a third of the time of a decoder.
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
  try {
    return decoderOf(label).decode(bytes);
  } catch {
    return undefined;
  }
}

function decoderOf(label: string): TextDecoder {
  const options = { fatal: true, ignoreBOM: true };
  try {
    return new TextDecoder(label.trim(), options);
  } catch {
    return new TextDecoder("utf-8", options);
  }
}
