import { parseContentCodings, decodeContent } from "../decode-content.ts";
import type { Json } from "../../tree/json-tree.ts";
import { ParseLimitError, MAX_VALUES, tooManyValues } from "../parse-limits.ts";
import { emptyObject } from "./tree-members.ts";

const PREFIX_BYTES = 5;
const COMPRESSED = 0x01;
/** In gRPC-Web, marks a frame that holds the trailers as header lines. */
const TRAILERS = 0x80;

export interface GrpcSource {
  /** The `grpc-encoding` of the response. */
  readonly encoding: string | undefined;
  /** Limit on the decompressed size of all messages together. */
  readonly maxBytes: number;
}

/**
 * Parses a gRPC body (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) to an array of messages. The trailers
 * of gRPC-Web become `{ $trailers }`.
 * @param parseMessage returns undefined for invalid messages
 * @returns undefined when a frame is cut off, or a message cannot be decompressed or parsed
 * @throws ParseLimitError
 */
export function parseGrpc(
  bytes: Uint8Array,
  { encoding, maxBytes }: GrpcSource,
  parseMessage: (bytes: Uint8Array) => Json | undefined,
): Json[] | undefined {
  const messages: Json[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let remainingBytes = maxBytes;
  let at = 0;
  while (at < bytes.length) {
    if (at + PREFIX_BYTES > bytes.length) return undefined;
    const flags = view.getUint8(at);
    const end = at + PREFIX_BYTES + view.getUint32(at + 1);
    if (end > bytes.length) return undefined;
    if (messages.length >= MAX_VALUES) throw tooManyValues();
    const plain = decompress(bytes.subarray(at + PREFIX_BYTES, end), flags, encoding, remainingBytes);
    if (plain === undefined) return undefined;
    remainingBytes -= plain.length;
    const message = (flags & TRAILERS) === 0 ? parseMessage(plain) : parseTrailers(plain);
    if (message === undefined) return undefined;
    messages.push(message);
    at = end;
  }
  return messages;
}

function decompress(
  bytes: Uint8Array,
  flags: number,
  encoding: string | undefined,
  maxBytes: number,
): Uint8Array | undefined {
  if ((flags & ~(COMPRESSED | TRAILERS)) !== 0) return undefined;
  if ((flags & COMPRESSED) === 0) {
    if (bytes.length > maxBytes) throw new ParseLimitError("messages too large to compare");
    return bytes;
  }
  const codings = parseContentCodings(encoding);
  const decoded = decodeContent(bytes, codings, maxBytes);
  if (!decoded.ok && decoded.reason === "too-large") throw new ParseLimitError("messages too large to compare");
  // A compressed message in a response without a `grpc-encoding` cannot be decoded.
  return decoded.ok && codings.length === 1 ? decoded.bytes : undefined;
}

function parseTrailers(bytes: Uint8Array): Json {
  const fields = emptyObject();
  for (const line of Buffer.from(bytes).toString().split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { $trailers: fields };
}
