import { parseNumber } from "../../../tree/exact-number.ts";
import type { Json, JsonObject } from "../../../tree/json-tree.ts";
import { COST, ParseBudget } from "../../parse-limits.ts";
import { addElement, emptyObject } from "../tree-members.ts";
import { opaqueBytes } from "../../opaque-bytes.ts";

/** Deeper messages stay opaque bytes, because each level is scanned once more for every level above. The library stops at 100. */
const MAX_DEPTH = 50;
const MAX_VARINT_BYTES = 10;
const EXACT_BYTES = 7;
const MAX_FIELD = 2 ** 29 - 1;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** The value of a number; a bigint where a double could lose digits. */
  readonly value: number | bigint;
  /** The position of the value in the message. */
  readonly start: number;
  readonly end: number;
  /** The fields of a group. */
  readonly fields?: readonly WireField[];
}

interface OpenMessage {
  readonly bytes: Uint8Array;
  readonly fields: readonly WireField[];
  readonly object: JsonObject;
  readonly depth: number;
}

/**
 * Parses a Protocol Buffers message without a descriptor: lists of values by field number, `$.f1[*].f3[*]`. Numbers are
 * unsigned integers, as on the wire; those of fixed width are `{ fixed32 }` and `{ fixed64 }`, and a group is `{ group }`,
 * since a receiver does not take one wire type for another. A length-delimited field is text if it is printable UTF-8,
 * otherwise a message if all its bytes parse as one, otherwise opaque bytes.
 * @returns undefined when the bytes are not a valid message
 * @throws ParseLimitError
 */
export function parseProtobufWire(bytes: Uint8Array, budget = new ParseBudget()): JsonObject | undefined {
  const fields = readFields(bytes, budget);
  if (fields === undefined) return undefined;
  const root = emptyObject();
  const open: OpenMessage[] = [{ bytes, fields, object: root, depth: 0 }];
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    for (const field of message.fields) {
      addElement(message.object, `f${field.number}`, convertField(message, field, open, budget));
    }
  }
  return root;
}

function convertField(message: OpenMessage, field: WireField, open: OpenMessage[], budget: ParseBudget): Json {
  switch (field.wireType) {
    case BYTES:
      return convertBytes(message, field, open, budget);
    case FIXED32:
      return { fixed32: convertNumber(field) };
    case FIXED64:
      return { fixed64: convertNumber(field) };
    case START_GROUP: {
      const group = emptyObject();
      open.push({ bytes: message.bytes, fields: field.fields ?? [], object: group, depth: message.depth });
      return { group };
    }
  }
  return convertNumber(field);
}

function convertNumber({ value }: WireField): Json {
  return typeof value === "number" ? value : parseNumber(value.toString());
}

function convertBytes(message: OpenMessage, { start, end }: WireField, open: OpenMessage[], budget: ParseBudget): Json {
  const bytes = message.bytes.subarray(start, end);
  const text = decodePrintable(bytes);
  if (text !== undefined) return text;
  budget.take(COST.element);
  const fields = message.depth < MAX_DEPTH ? readFields(bytes, budget) : undefined;
  if (fields === undefined) return opaqueBytes(bytes);
  const object = emptyObject();
  open.push({ bytes, fields, object, depth: message.depth + 1 });
  return object;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns undefined when the bytes are not printable text; a leading line feed is more likely the tag of a message */
function decodePrintable(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x0a) return undefined;
  try {
    const text = decoder.decode(bytes);
    return CONTROLS.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** All fields of a message, without recursion into its groups. @returns undefined when the bytes are not a valid message */
function readFields(bytes: Uint8Array, budget: ParseBudget): readonly WireField[] | undefined {
  const root: WireField[] = [];
  const groups: { readonly number: number; readonly fields: WireField[] }[] = [];
  let fields = root;
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return undefined;
    const number = Math.floor(Number(tag.value) / 8);
    if (number < 1 || number > MAX_FIELD) return undefined;
    const wireType = Number(tag.value) % 8;
    at = tag.end;
    if (wireType === START_GROUP) {
      budget.take(COST.element);
      const inner: WireField[] = [];
      fields.push({ number, wireType, value: 0, start: at, end: at, fields: inner });
      groups.push({ number, fields: inner });
      fields = inner;
    } else if (wireType === END_GROUP) {
      if (groups.pop()?.number !== number) return undefined;
      fields = groups.at(-1)?.fields ?? root;
    } else {
      const field = readField(bytes, at, number, wireType);
      if (field === undefined) return undefined;
      budget.take(wireType === VARINT || wireType === BYTES ? COST.field : COST.field + COST.container);
      fields.push(field);
      at = field.end;
    }
  }
  return groups.length === 0 ? root : undefined;
}

function readField(bytes: Uint8Array, at: number, number: number, wireType: number): WireField | undefined {
  if (wireType === VARINT) {
    const read = readVarint(bytes, at);
    return read && { number, wireType, value: read.value, start: at, end: read.end };
  }
  if (wireType === BYTES) {
    const length = readVarint(bytes, at);
    if (length === undefined || length.value > bytes.length - length.end) return undefined;
    const end = length.end + Number(length.value);
    return { number, wireType, value: 0, start: length.end, end };
  }
  const size = wireType === FIXED64 ? 8 : wireType === FIXED32 ? 4 : undefined;
  if (size === undefined || at + size > bytes.length) return undefined;
  return { number, wireType, value: readLittleEndian(bytes, at, size), start: at, end: at + size };
}

function readLittleEndian(bytes: Uint8Array, at: number, size: number): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
  return size === 4 ? view.getUint32(0, true) : view.getBigUint64(0, true);
}

/** Seven bits per byte, least significant first. Seven such bytes fit into a double without loss. */
function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number | bigint; readonly end: number } | undefined {
  let low = 0;
  let high = 0n;
  for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    if (index < EXACT_BYTES) low += (byte & 0x7f) * 2 ** (7 * index);
    else high |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte >= 0x80) continue;
    const end = at + index + 1;
    if (high === 0n) return { value: low, end };
    const value = high + BigInt(low);
    return value < 1n << 64n ? { value, end } : undefined;
  }
  return undefined;
}
