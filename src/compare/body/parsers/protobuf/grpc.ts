import { canonicalMembers } from "../../../headers/field-forms.ts";
import { parseContentCodings, decodeContent } from "../../decode-content.ts";
import type { Json } from "../../../tree/json-tree.ts";
import { COST, ParseLimitError, type ParseBudget } from "../../parse-limits.ts";
import { losslessText } from "../lossless-text.ts";
import { addElement, addMember, emptyObject, isPlainName } from "../tree-members.ts";

const PREFIX_BYTES = 5;
const COMPRESSED = 0x01;
/** In gRPC-Web, marks a frame that holds the trailers as header lines. */
const TRAILERS = 0x80;

export interface GrpcSource {
  /** The `grpc-encoding` of the response. */
  readonly encoding: string | undefined;
  /** Limit on the decompressed size of all messages together. */
  readonly maxBytes: number;
  readonly budget: ParseBudget;
}

/**
 * The frames of gRPC-Web in its text form: base64, in pieces with padding of their own
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md).
 * @returns undefined when it is not base64
 */
export function decodeFrames(text: Uint8Array): Uint8Array | undefined {
  const base64 = Buffer.from(text.buffer, text.byteOffset, text.length).toString("latin1");
  if (!/^[\w+/=\s-]*$/.test(base64)) return undefined;
  return Buffer.concat(base64.split(/(?<==)(?!=)/).map((piece) => Buffer.from(piece, "base64")));
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
  { encoding, maxBytes, budget }: GrpcSource,
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
    budget.take(COST.element);
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

/** Fields by name, by what they mean; other lines are kept under `$odd`. */
function parseTrailers(bytes: Uint8Array): Json {
  const fields = emptyObject();
  for (const line of losslessText(bytes).split(/\r?\n/)) {
    if (line === "") continue;
    const [, name = "", value = ""] = /^([^\s:]{1,200}):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
    const key = name.toLowerCase();
    if (isPlainName(name)) addMember(fields, key, canonicalMembers(key, value)?.join(", ") ?? value);
    else addElement(fields, "$odd", line);
  }
  return { $trailers: fields };
}
