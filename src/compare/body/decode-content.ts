import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
  type ZlibOptions,
} from "node:zlib";

/** More codings on one body than any server means; each one multiplies what a bomb can do. */
const MAX_CODINGS = 4;
/** What no honest body reaches, and every bomb does: as many times its size on the wire, once it is of some size. */
const MAX_RATIO = 1_000;
const RATIO_FREE_BYTES = 1024 * 1024;

export type DecodedContent =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: "undecodable" | "too-large"; readonly detail: string };

/**
 * Takes the content codings off a body (RFC 9110 §8.4).
 * @param codings as in Content-Encoding: in the order in which they were applied
 * @param maxBytes bound on the output of each step; beyond it nothing more is made. Nor is beyond 1,000 times the size on
 * the wire, from 1 MiB on
 * @param partial the body is a prefix: what can be decoded is returned, the missing end is no error
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
  const mostOfRatio = Math.max(RATIO_FREE_BYTES, MAX_RATIO * bytes.length);
  let current = bytes;
  for (const coding of codings.toReversed()) {
    if (current.length === 0) break;
    const step = decodeOne(current, coding, Math.min(maxBytes, mostOfRatio), partial);
    if (!step.ok) return step;
    current = step.bytes;
  }
  if (current.length > maxBytes) return { ok: false, reason: "too-large", detail: `more than ${maxBytes} bytes` };
  return { ok: true, bytes: current };
}

/** The codings that a Content-Encoding value lists, in lower case, without `identity`. */
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
        // Meant is zlib (RFC 1950); some servers send the bare stream (RFC 1951), which RFC 9110 §8.4.1.2 mentions.
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

/** RFC 1950 §2.2: method 8 in the low half byte, and the first two bytes are a multiple of 31. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
