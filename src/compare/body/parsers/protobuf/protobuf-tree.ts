import {
  ScalarType,
  fromBinary,
  toJson,
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Any } from "@bufbuild/protobuf/wkt";
import { unreachable } from "../../../../lib/unreachable.ts";
import { parseNumber } from "../../../tree/exact-number.ts";
import type { Json, JsonObject } from "../../../tree/json-tree.ts";
import { addElement, emptyObject } from "../tree-members.ts";
import { opaqueBytes } from "../../opaque-bytes.ts";
import { parseProtobufWire } from "./protobuf-wire.ts";

const ANY = "google.protobuf.Any";
/**
 * Types whose JSON mapping is more meaningful than their fields (https://protobuf.dev/programming-guides/json). That of a field
 * mask joins its paths by commas, which can also be in them.
 */
const WRITTEN_AS_JSON: ReadonlySet<string> = new Set(
  ["Timestamp", "Duration", "Struct", "Value", "ListValue"].map((name) => `google.protobuf.${name}`),
);
const REPLACEMENT = "\uFFFD";

/** Thrown for text that is not valid UTF-8, where the library has replaced bytes. */
export class LostTextError extends Error {}

/**
 * Converts a message by its descriptor: fields that are set, by their names in the .proto file; numbers of any size as
 * numbers; enums by name; maps by key; an Any as the message it holds; bytes by size and hash. Unknown fields go to
 * `$unknown`, by field number. The recursion is as deep as the message, which the library limits.
 * @throws LostTextError
 */
export function messageTree(message: Message, descriptor: DescMessage, registry: Registry): Json {
  return convertMessage(reflect(descriptor, message), registry);
}

function convertMessage(message: ReflectMessage, registry: Registry): Json {
  const { typeName } = message.desc;
  const known = WRITTEN_AS_JSON.has(typeName) ? convertWellKnown(message) : undefined;
  if (known !== undefined) return known;
  const tree = typeName === ANY ? convertAny(message.message as Any, registry) : convertFields(message, registry);
  const unknown = convertUnknown(message.message);
  if (unknown !== undefined) tree["$unknown"] = unknown;
  return tree;
}

function convertFields(message: ReflectMessage, registry: Registry): JsonObject {
  const tree = emptyObject();
  for (const field of message.fields) {
    if (message.isSet(field)) tree[field.name] = convertField(message, field, registry);
  }
  return tree;
}

/** @returns undefined for values outside the range of the JSON mapping, such as the year 10,000, and with unknown fields */
function convertWellKnown({ desc, message }: ReflectMessage): Json | undefined {
  if (hasUnknown(message)) return undefined;
  try {
    return toJson(desc, message);
  } catch {
    return undefined;
  }
}

/** Also in a message within. */
function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "$unknown" in value || Object.values(value).some(hasUnknown);
}

function convertAny({ typeUrl, value }: Any, registry: Registry): JsonObject {
  const descriptor = registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
  const object = emptyObject();
  object["@type"] = typeUrl;
  object["value"] =
    descriptor === undefined
      ? (parseProtobufWire(value) ?? opaqueBytes(value))
      : messageTree(fromBinary(descriptor, value), descriptor, registry);
  return object;
}

function convertField(message: ReflectMessage, field: DescField, registry: Registry): Json {
  switch (field.fieldKind) {
    case "scalar":
      return convertScalar(message.get(field), field);
    case "enum":
      return convertEnum(message.get(field), field.enum);
    case "message":
      return convertMessage(message.get(field), registry);
    case "list":
      return [...message.get(field)].map((value) => convertItem(value, field, registry));
    case "map": {
      const map = emptyObject();
      for (const [key, value] of message.get(field)) map[String(key)] = convertItem(value, field, registry);
      return map;
    }
  }
  return unreachable(field);
}

function convertItem(value: unknown, field: DescField & { fieldKind: "list" | "map" }, registry: Registry): Json {
  const kind = field.fieldKind === "list" ? field.listKind : field.mapKind;
  if (kind === "message") return convertMessage(value as ReflectMessage, registry);
  return kind === "enum" ? convertEnum(value as number, field.enum as DescEnum) : convertScalar(value, field);
}

function convertEnum(value: number, { values }: DescEnum): Json {
  return values.find(({ number }) => number === value)?.name ?? value;
}

function convertScalar(value: unknown, { scalar, utf8Validation }: Pick<DescField, "scalar" | "utf8Validation">): Json {
  if (typeof value === "string" && !utf8Validation && value.includes(REPLACEMENT)) throw new LostTextError();
  if (typeof value === "bigint") return parseNumber(value.toString());
  if (value instanceof Uint8Array) return opaqueBytes(value);
  // JSON has no NaN and no infinities. A float is rounded to its own precision.
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "number" && Object.is(value, -0)) return "-0";
  if (typeof value === "number" && scalar === ScalarType.FLOAT) return Number(value.toPrecision(9));
  return value as Json;
}

function convertUnknown({ $unknown = [] }: Message): JsonObject | undefined {
  if ($unknown.length === 0) return undefined;
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of $unknown) writer.tag(no, wireType).raw(data);
  const bytes = writer.finish();
  const parsed = parseProtobufWire(bytes);
  if (parsed !== undefined) return parsed;
  const object = emptyObject();
  addElement(object, "bytes", opaqueBytes(bytes));
  return object;
}
