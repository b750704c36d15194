import { Reader } from "protobufjs";
import type { Random } from "./random.ts";

/** A Protocol Buffers message without a descriptor. What a length-delimited field holds depends on its number. */
export type Field =
  | { readonly number: number; readonly kind: "varint" | "fixed32" | "fixed64"; readonly value: bigint }
  | { readonly number: number; readonly kind: "text" | "blob"; readonly value: string }
  | { readonly number: number; readonly kind: "message" | "group"; readonly fields: readonly Field[] };

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;
const VALUES = [0n, 1n, 2n, 127n, 128n, 300n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n] as const;
const TEXTS = ["", "a", "b", "é", "e\u0301", "1", "a\nb", "\u00a0"] as const;
/** One character per byte; none of them is text or a message. */
const BLOBS = ["\xff", "\xff\xff", "\xff\u0000", "\xfe\xff"] as const;
const NUMBERS = [1, 2, 3, 4, 5, 6, 16, 17, 18, 536_870_911] as const;

const lengthDelimited = (number: number): "text" | "blob" | "message" =>
  (["text", "blob", "message"] as const)[number % 3] ?? "text";

export function randomMessage(random: Random, depth = 2): Field[] {
  return random.list(4, () => randomField(random, depth), 1);
}

function randomField(random: Random, depth: number): Field {
  const number = random.pick(NUMBERS);
  const kind = random.pick(["varint", "varint", "fixed32", "fixed64", "group", "bytes", "bytes", "bytes"] as const);
  if (kind === "varint" || kind === "fixed64") return { number, kind, value: random.pick(VALUES) };
  if (kind === "fixed32") return { number, kind, value: random.pick(VALUES) & 0xff_ff_ff_ffn };
  const inner = kind === "group" ? "group" : lengthDelimited(number);
  if (inner === "text") return { number, kind: inner, value: random.pick(TEXTS) };
  if (inner === "blob") return { number, kind: inner, value: random.pick(BLOBS) };
  const fields = depth === 0 ? [] : random.list(3, () => randomField(random, depth - 1));
  // The byte 0 makes it a message in any spelling: without, it could also be text.
  return { number, kind: inner, fields: [...fields, { number: 1, kind: "varint", value: 0n }] };
}

export function changedMessage(fields: readonly Field[], random: Random, depth = 2): Field[] {
  return random.changed(
    fields,
    () => randomField(random, depth),
    (field) => {
      if ("fields" in field && random.chance(0.7)) {
        const inner = changedMessage(field.fields.slice(0, -1), random, depth - 1);
        return { ...field, fields: [...inner, ...field.fields.slice(-1)] };
      }
      return changedField(field, random);
    },
  );
}

/** Another value or another wire type for the same number. */
function changedField(field: Field, random: Random): Field {
  if ("fields" in field) {
    const kind = field.kind === "group" && lengthDelimited(field.number) === "message" ? "message" : "group";
    return { ...field, kind };
  }
  if (typeof field.value === "string") {
    return {
      number: field.number,
      kind: lengthDelimited(field.number) as "text" | "blob",
      value: random.pick(field.kind === "text" ? TEXTS : BLOBS),
    };
  }
  const kind = random.pick(["varint", "fixed32", "fixed64"] as const);
  return { number: field.number, kind, value: field.value & 0xff_ff_ff_ffn };
}

/** Fields of different numbers in any order; varints may be longer than they need to be. */
export function writeMessage(fields: readonly Field[], random: Random): Buffer {
  return Buffer.concat(random.reordered(fields, ({ number }) => number).map((field) => writeField(field, random)));
}

function writeField(field: Field, random: Random): Buffer {
  const tag = (wireType: number): Buffer => varint((BigInt(field.number) << 3n) | BigInt(wireType), random);
  if (field.kind === "group") {
    return Buffer.concat([tag(START_GROUP), writeMessage(field.fields, random), tag(END_GROUP)]);
  }
  if (!("fields" in field) && typeof field.value === "bigint") {
    if (field.kind === "varint") return Buffer.concat([tag(VARINT), varint(field.value, random)]);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(field.value);
    return Buffer.concat(field.kind === "fixed32" ? [tag(FIXED32), bytes.subarray(0, 4)] : [tag(FIXED64), bytes]);
  }
  const content =
    "fields" in field
      ? writeMessage(field.fields, random)
      : Buffer.from(String(field.value), field.kind === "text" ? "utf8" : "latin1");
  return Buffer.concat([tag(BYTES), varint(BigInt(content.length), random), content]);
}

function varint(value: bigint, random: Random): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  // A byte of zeros can follow; ten bytes are the most, and five those of a tag.
  return Buffer.from(
    bytes.length < 4 && random.chance(0.1) ? [...bytes, Number(rest) | 0x80, 0] : [...bytes, Number(rest)],
  );
}

/** What the reader of protobufjs finds: values by field number, with their wire types. */
export function canonicalMessage(bytes: Uint8Array): string {
  return readFields(Reader.create(bytes), undefined);
}

function readFields(reader: Reader, group: number | undefined): string {
  const fields = new Map<number, string[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (wireType === END_GROUP && number === group) break;
    fields.set(number, [...(fields.get(number) ?? []), `${wireType}:${readValue(reader, number, wireType)}`]);
  }
  return JSON.stringify([...fields].toSorted(([a], [b]) => a - b));
}

function readValue(reader: Reader, number: number, wireType: number): string {
  switch (wireType) {
    case VARINT:
      return decimal(reader.uint64());
    case FIXED64:
      return decimal(reader.fixed64());
    case FIXED32:
      return String(reader.fixed32());
    case START_GROUP:
      return readFields(reader, number);
  }
  const bytes = reader.bytes();
  return lengthDelimited(number) === "message" ? canonicalMessage(bytes) : Buffer.from(bytes).toString("hex");
}

/** A number or a Long. */
function decimal(value: { toString(): string }): string {
  return value.toString();
}
