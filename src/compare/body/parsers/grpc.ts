import { parseContentCodings, decodeContent } from "../decode-content.ts";
import type { Json } from "../../tree/json-tree.ts";
import { ParseLimitError, MAX_VALUES, tooManyValues } from "../parse-limits.ts";
import { emptyObject } from "./tree-members.ts";

const PREFIX_BYTES = 5;
const COMPRESSED = 0x01;
/** Of gRPC-Web: the trailers, as header lines. */
const TRAILERS = 0x80;

export interface Framing {
  /** The `grpc-encoding` of the answer. */
  readonly encoding: string | undefined;
  /** All messages together, decompressed. */
  readonly maxBytes: number;
}

/**
 * The messages of a gRPC body (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) as an array, the trailers of
 * gRPC-Web as `{ $trailers }`.
 * @param parseProtobuf undefined for what is no message
 * @returns undefined when a frame is cut, a message cannot be decompressed, or is none
 * @throws ParseLimitError
 */
export function parseGrpc(
  bytes: Uint8Array,
  { encoding, maxBytes }: Framing,
  parseProtobuf: (bytes: Uint8Array) => Json | undefined,
): Json[] | undefined {
  const messages: Json[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let room = maxBytes;
  let at = 0;
  while (at < bytes.length) {
    if (at + PREFIX_BYTES > bytes.length) return undefined;
    const flags = view.getUint8(at);
    const end = at + PREFIX_BYTES + view.getUint32(at + 1);
    if (end > bytes.length) return undefined;
    if (messages.length >= MAX_VALUES) throw tooManyValues();
    const plain = uncompressed(bytes.subarray(at + PREFIX_BYTES, end), flags, encoding, room);
    if (plain === undefined) return undefined;
    room -= plain.length;
    const message = (flags & TRAILERS) === 0 ? parseProtobuf(plain) : trailers(plain);
    if (message === undefined) return undefined;
    messages.push(message);
    at = end;
  }
  return messages;
}

function uncompressed(
  bytes: Uint8Array,
  flags: number,
  encoding: string | undefined,
  room: number,
): Uint8Array | undefined {
  if ((flags & ~(COMPRESSED | TRAILERS)) !== 0) return undefined;
  if ((flags & COMPRESSED) === 0) {
    if (bytes.length > room) throw new ParseLimitError("messages too large to compare");
    return bytes;
  }
  const codings = parseContentCodings(encoding);
  const decoded = decodeContent(bytes, codings, room);
  if (!decoded.ok && decoded.reason === "too-large") throw new ParseLimitError("messages too large to compare");
  // A message that says it is compressed, of an answer that names no coding, cannot be read.
  return decoded.ok && codings.length === 1 ? decoded.bytes : undefined;
}

function trailers(bytes: Uint8Array): Json {
  const fields = emptyObject();
  for (const line of Buffer.from(bytes).toString().split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { $trailers: fields };
}
