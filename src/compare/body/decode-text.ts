import { isAscii } from "node:buffer";
import type { ContentType } from "./content-type.ts";

const UTF_8 = "utf-8";
const BYTE_ORDER_MARK = "\uFEFF";
/** HTML §13.2.3.2: the declaration must be in the first 1,024 bytes. */
const DECLARATION_BYTES = 1024;
const DECLARATION = /<(?:\?xml|meta)\b[^>]{0,500}?(?:encoding|charset)\s*=\s*["']?([\w.:-]{1,40})/i;

export interface DecodedText {
  readonly text: string;
  readonly byteOrderMark: boolean;
}

/**
 * Decodes bytes to characters. The encoding comes from a UTF-16 byte order mark, otherwise from the `charset` parameter,
 * otherwise it is UTF-8. When that fails, a declaration inside a markup document decides.
 * @returns undefined when the bytes are not valid in that encoding: replacement characters (U+FFFD) would make different
 *   bytes equal
 */
export function decodeText(
  bytes: Uint8Array,
  { parameters }: Pick<ContentType, "parameters">,
): DecodedText | undefined {
  const text = decode(bytes, utf16Encoding(bytes) ?? parameters.get("charset") ?? UTF_8) ?? decodeAsDeclared(bytes);
  if (text === undefined) return undefined;
  const byteOrderMark = text.startsWith(BYTE_ORDER_MARK);
  return { text: byteOrderMark ? text.slice(1) : text, byteOrderMark };
}

function utf16Encoding([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function decodeAsDeclared(bytes: Uint8Array): string | undefined {
  const [, name] = DECLARATION.exec(Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString("latin1")) ?? [];
  return name === undefined ? undefined : decode(bytes, name);
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
