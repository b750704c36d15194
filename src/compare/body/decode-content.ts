import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
  type ZlibOptions,
} from "node:zlib";

/** More codings than any server applies to one body. Each one multiplies the effect of a decompression bomb. */
const MAX_CODINGS = 4;
/** Decompression bombs exceed this ratio of decoded size to wire size; real bodies of more than 1 MiB do not. */
const MAX_RATIO = 1_000;
const MIN_RATIO_BYTES = 1024 * 1024;

export type DecodedContent =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: "undecodable" | "too-large"; readonly detail: string };

/**
 * Removes the content codings of a body (RFC 9110 §8.4).
 * @param codings in the order in which they were applied, as in Content-Encoding
 * @param maxBytes limit on the output of each step. Output beyond 1 MiB is also limited to 1,000 times the wire size
 * @param partial the body is a prefix: decodes as much as possible, and a missing end is not an error
 */
export function decodeContent(
  bytes: Uint8Array,
  codings: readonly string[],
  maxBytes: number,
  partial = false,
): DecodedContent {
  if (codings.length > MAX_CODINGS) {
    return { ok: false, reason: "undecodable", detail: `${codings.length} content codings` };
  }
  const maxRatioBytes = Math.max(MIN_RATIO_BYTES, MAX_RATIO * bytes.length);
  let current = bytes;
  for (const coding of codings.toReversed()) {
    if (current.length === 0) break;
    const step = decodeOne(current, coding, Math.min(maxBytes, maxRatioBytes), partial);
    if (!step.ok) return step;
    current = step.bytes;
  }
  if (current.length > maxBytes) return { ok: false, reason: "too-large", detail: `more than ${maxBytes} bytes` };
  return { ok: true, bytes: current };
}

/** The codings of a Content-Encoding value, in lower case, without `identity`. */
export function parseContentCodings(contentEncoding: string | undefined): string[] {
  return (contentEncoding ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
}

function decodeOne(bytes: Uint8Array, coding: string, maxBytes: number, partial: boolean): DecodedContent {
  const maxOutputLength = Math.max(1, maxBytes);
  const zlib: ZlibOptions = { maxOutputLength, ...(partial && { finishFlush: constants.Z_SYNC_FLUSH }) };
  try {
    switch (coding) {
      case "gzip":
      case "x-gzip":
        return { ok: true, bytes: gunzipSync(bytes, zlib) };
      case "deflate":
        // `deflate` means zlib (RFC 1950), but some servers send the bare stream (RFC 1951); see RFC 9110 §8.4.1.2.
        return { ok: true, bytes: hasZlibHeader(bytes) ? inflateSync(bytes, zlib) : inflateRawSync(bytes, zlib) };
      case "br": {
        const finishFlush = partial ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH;
        return { ok: true, bytes: brotliDecompressSync(bytes, { maxOutputLength, finishFlush }) };
      }
      case "zstd": {
        const finishFlush = partial ? constants.ZSTD_e_flush : constants.ZSTD_e_end;
        return { ok: true, bytes: zstdDecompressSync(bytes, { maxOutputLength, finishFlush }) };
      }
      default:
        return { ok: false, reason: "undecodable", detail: "unknown content coding" };
    }
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    return tooLarge
      ? { ok: false, reason: "too-large", detail: `more than ${maxBytes} bytes` }
      : { ok: false, reason: "undecodable", detail: `not valid ${coding}` };
  }
}

/** RFC 1950 §2.2: the low four bits are method 8, and the first two bytes are a multiple of 31. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
