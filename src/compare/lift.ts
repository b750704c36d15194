import { parseJson, type Json } from "./json.ts";

/** A body as something that can be compared. */
export type Lifted =
  | { readonly form: "empty" }
  | { readonly form: "json"; readonly value: Json; readonly text: string; readonly byteOrderMark: boolean }
  /** `brokenJson`: it says that it is JSON, and is not. */
  | { readonly form: "text"; readonly text: string; readonly brokenJson: boolean }
  | { readonly form: "binary"; readonly bytes: Uint8Array }
  /** JSON with more values than are worth building. */
  | { readonly form: "too-many-values" };

const JSON_TYPE = /^(?:application|text)\/json$|\+json$/;
const TEXT_TYPE =
  /^text\/|\+xml$|\+yaml$|^application\/(?:xml|xhtml|javascript|ecmascript|yaml|x-yaml|x-ndjson|jsonl|graphql|sql|x-www-form-urlencoded|problem)/;
/** Characters that no text has: controls other than tab, line feed, form feed, carriage return and escape. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;

/** Below this size the number of values is no concern. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** Two trees of this size fit a compare thread's heap. */
const MAX_VALUES = 1_500_000;

/**
 * Bytes to a comparable value. The declared type decides; a body without one is looked at.
 * @param bytes with content codings removed
 * @param mediaType type and subtype in lower case, empty when none was sent
 */
export function lift(bytes: Uint8Array, mediaType: string): Lifted {
  if (bytes.length === 0) return { form: "empty" };
  const saysJson = JSON_TYPE.test(mediaType);
  if (!saysJson && mediaType !== "" && !TEXT_TYPE.test(mediaType)) return { form: "binary", bytes };

  const text = utf8(bytes);
  // Bytes that are no UTF-8 stay bytes: decoding would make different ones equal (U+FFFD).
  if (text === undefined) return { form: "binary", bytes };
  if (saysJson || (mediaType === "" && looksLikeJson(text))) {
    const byteOrderMark = text.startsWith("\uFEFF");
    const json = byteOrderMark ? text.slice(1) : text;
    if (hasTooManyValues(bytes)) return { form: "too-many-values" };
    const parsed = parseJson(json);
    if (parsed !== undefined) return { form: "json", value: parsed.value, text: json, byteOrderMark };
    if (saysJson) return { form: "text", text, brokenJson: true };
  }
  if (mediaType === "" && CONTROLS.test(text)) return { form: "binary", bytes };
  return { form: "text", text, brokenJson: false };
}

/** @returns the text with a byte order mark kept, or undefined when the bytes are no UTF-8 */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Without a type, only objects and arrays are taken for JSON: `1` or `true` alone is text. */
function looksLikeJson(text: string): boolean {
  return /^\uFEFF?[ \t\r\n]*[{[]/.test(text);
}

function hasTooManyValues(bytes: Uint8Array): boolean {
  if (bytes.length <= SMALL_BYTES) return false;
  let values = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values += 1;
  return values > MAX_VALUES;
}
