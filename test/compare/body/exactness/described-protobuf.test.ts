import { Reader, Root, Type, type Field } from "protobufjs";
import "protobufjs/ext/descriptor.js";
import { describe, expect, it } from "vitest";
import { bytes } from "../parsers/protobuf-messages.ts";
import { ALL_DESCRIPTORS, allRegistry } from "./described-message.ts";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";
import { canonicalMessage } from "./random-message.ts";

/** A field as protobufjs takes it; a message is a list of fields. */
interface SentField {
  readonly name: string;
  readonly value: unknown;
}

type Sent = readonly SentField[];

Reader.discardUnknown = false;
const root = Root.fromDescriptor(ALL_DESCRIPTORS, { keepCase: true });
const All = root.lookupType("test.All");

const LONGS = ["0", "1", "-1", "9007199254740992", "9007199254740993", "-9223372036854775808"] as const;
const SCALARS: Readonly<Record<string, readonly unknown[]>> = {
  int: [0, 1, -1, 300],
  long: LONGS,
  unsigned: ["0", "1", "18446744073709551615", "18446744073709551614"],
  signed: LONGS,
  fixed: [0, 1, 4_294_967_295],
  fixed_long: LONGS,
  float: [0, -0, 1, 0.1, 0.2, Number.NaN, Infinity, 16_777_217],
  double: [0, -0, 1, 0.1, 0.1 + 0.2, 0.3, Number.NaN, -Infinity],
  flag: [false, true],
  text: ["", "a", "b", "\u00e9", "e\u0301", "\uFFFD", "\u0000"],
  raw: [Buffer.from(""), Buffer.from("a"), Buffer.from([0xff]), Buffer.from([0x08, 0x01])],
  state: [0, 1, 7],
  maybe: [0, 1],
  either: ["", "a"],
  at: [
    { seconds: "0" },
    { seconds: "1700000000", nanos: 5 },
    { seconds: "1700000000", nanos: 500_000_000 },
    { seconds: "253402300800" },
    { seconds: "1", nanos: -1 },
    { seconds: "1", nanos: 1_000_000_000 },
  ],
  took: [
    {},
    { seconds: "1", nanos: 5 },
    { seconds: "1", nanos: -5 },
    { seconds: "-1", nanos: -5 },
    { nanos: -5 },
    { nanos: 5 },
  ],
  mask: [{}, { paths: ["a"] }, { paths: ["a_b"] }, { paths: ["aB"] }, { paths: ["a", "b"] }, { paths: ["a,b"] }],
};
const SINGLE = Object.keys(SCALARS);
const INNER = ["inner", "or"] as const;
const LISTS = ["ints", "texts", "items"] as const;
const NUMBERS: Readonly<Record<string, number>> = { inner: 13, ints: 14, items: 16, or: 21, at: 22, took: 23, any: 25 };
const UNKNOWN = Buffer.from([0x98, 0x02, 0x01]);

function randomField(random: Random, depth: number): SentField {
  const kind = depth === 0 ? 0 : random.below(10);
  if (kind < 5) return ((name) => ({ name, value: random.pick(SCALARS[name] ?? []) }))(random.pick(SINGLE));
  if (kind === 5) return { name: random.pick(INNER), value: randomMessage(random, depth - 1) };
  if (kind === 6) return { name: "any", value: randomMessage(random, depth - 1) };
  if (kind === 7) return { name: "counts", value: { [random.pick(["a", "b", "", "__x"])]: random.below(2) } };
  if (kind === 8) return { name: random.pick(["unknown", "at-unknown"]), value: 1 };
  const name = random.pick(LISTS);
  if (name === "items") return { name, value: randomMessage(random, depth - 1) };
  return {
    name,
    value: random.list(3, () => (name === "ints" ? random.below(3) - 1 : random.pick(["", "a", "b"])), 1),
  };
}

const randomMessage = (random: Random, depth = 2): SentField[] => random.list(4, () => randomField(random, depth));

function changedMessage(fields: Sent, random: Random, depth = 2): Sent {
  const change = ({ name, value }: SentField): SentField => {
    const values = SCALARS[name];
    if (values !== undefined) return { name, value: random.pick(values) };
    const isMessage = name === "inner" || name === "or" || name === "items" || name === "any";
    return isMessage ? { name, value: changedMessage(value as Sent, random, depth - 1) } : randomField(random, depth);
  };
  return random.changed(fields, () => randomField(random, depth), change);
}

/** Fields of one name in their order, and of one `oneof`: the last one counts. */
const groupOf = (name: string): string => (name === "or" ? "either" : name.replace("-unknown", ""));

function write(fields: Sent, random: Random): Buffer {
  return Buffer.concat(random.reordered(fields, ({ name }) => groupOf(name)).map((field) => writeField(field, random)));
}

function writeField({ name, value }: SentField, random: Random): Buffer {
  const number = NUMBERS[name] ?? 0;
  switch (name) {
    case "unknown":
      return UNKNOWN;
    case "at-unknown":
      return bytes(22, UNKNOWN);
    case "items":
      return bytes(number, write(value as Sent, random));
    case "inner":
    case "or":
      return writeInner(number, value as Sent, random);
    case "any":
      return bytes(
        number,
        Buffer.concat([bytes(1, "type.googleapis.com/test.All"), bytes(2, write(value as Sent, random))]),
      );
    case "ints": {
      const list = value as readonly number[];
      // Packed or not, or in several pieces.
      const zigzag = list.map((one) => Buffer.from([one < 0 ? 1 : 2 * one]));
      return random.chance(0.5)
        ? Buffer.concat(zigzag.flatMap((one) => [Buffer.from([14 << 3]), one]))
        : bytes(number, Buffer.concat(zigzag));
    }
  }
  const isDefault = [0, "0", "", false].includes(value as string) && !Object.is(value, -0);
  if (isDefault && name !== "maybe" && name !== "either" && random.chance(0.5)) return Buffer.alloc(0);
  return Buffer.from(All.encode(All.fromObject({ [name]: value })).finish());
}

/** A message that is sent in two parts is merged. */
function writeInner(number: number, fields: Sent, random: Random): Buffer {
  if (random.chance(0.7)) return bytes(number, write(fields, random));
  const at = random.below(fields.length + 1);
  return Buffer.concat([
    bytes(number, write(fields.slice(0, at), random)),
    bytes(number, write(fields.slice(at), random)),
  ]);
}

const FORMAT: ExactFormat<Sent> = {
  create: randomMessage,
  change: (fields, random) => changedMessage(fields, random),
  write: (fields, random) => ({
    type: "application/x-protobuf; messageType=test.All",
    registry: REGISTRY,
    // Not an empty body.
    content: Buffer.concat([Buffer.from([0x08, 0x00]), write(fields, random)]),
  }),
  canonical: ({ content }) => canonicalOf(All, All.decode(content as Buffer)),
};
const REGISTRY = allRegistry();

/** What protobufjs has read: fields that are present, which in proto3 means other than the default, unless said otherwise. */
function canonicalOf(type: Type, message: object): string {
  const fields = type.fieldsArray
    .filter(({ name }) => Object.hasOwn(message, name))
    .flatMap((field) => {
      const text = canonicalField(field, (message as Record<string, unknown>)[field.name]);
      return text === undefined ? [] : [`${field.name}=${text}`];
    });
  const unknown = "$unknowns" in message ? canonicalMessage(Buffer.concat(message.$unknowns as Buffer[])) : "";
  return `{${fields.toSorted().join()};${unknown}}`;
}

function canonicalField(field: Field, value: unknown): string | undefined {
  if (field.map || field.repeated) {
    const entries = Object.entries(value as object).map(([key, one]) => `${key}:${canonicalValue(field, one)}`);
    return entries.length === 0 ? undefined : `[${entries.toSorted().join("|")}]`;
  }
  const text = canonicalValue(field, value);
  const isPlain = field.partOf === null && !(field.resolvedType instanceof Type);
  return isPlain && ["0", "false", ""].includes(text) ? undefined : text;
}

function canonicalValue({ resolvedType }: Field, value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Object.is(value, -0)) return "-0";
  if (!(resolvedType instanceof Type))
    return typeof value === "string" ? value && JSON.stringify(value) : String(value);
  if (resolvedType.fullName !== ".google.protobuf.Any") return canonicalOf(resolvedType, value as object);
  const { type_url: url, value: content } = value as { readonly type_url: string; readonly value: Uint8Array };
  return `${url} ${canonicalOf(All, All.decode(content))}`;
}

describe("Protocol Buffers with a descriptor", () => {
  it("match exactly if protobufjs decodes the same fields", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 10);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
