import { isUtf8 } from "node:buffer";

const BEYOND_ASCII = /[\u0080-\u00ff]/;
const BEYOND_BYTES = /[\u0100-\uffff]/;

/** @param text whose characters are bytes, as in header fields @returns the text that was meant: UTF-8 if it is valid as such */
export function bytesAsText(text: string): string {
  if (!BEYOND_ASCII.test(text) || BEYOND_BYTES.test(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}
