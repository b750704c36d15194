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
import { unreachable } from "../../../lib/unreachable.ts";
import { parseNumber } from "../../tree/exact-number.ts";
import type { Json, JsonObject } from "../../tree/json-tree.ts";
import { addElement, emptyObject } from "./tree-members.ts";
import { opaqueBytes } from "../opaque-bytes.ts";
import { parseProtobufWire } from "./protobuf-wire.ts";

const ANY = "google.protobuf.Any";
/** Their JSON says more than their fields (https://protobuf.dev/programming-guides/json). */
const WRITTEN_AS_JSON: ReadonlySet<string> = new Set(
  ["Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue"].map((name) => `google.protobuf.${name}`),
);

/**
 * A message by its description: fields that are set, by their names in the .proto file; numbers as numbers, whatever their
 * size; enums by name; maps by key; an Any as what it holds; bytes by size and hash. What the description does not know
 * stands below `$unknown`, by field number. Recurses as deeply as the message was read, which the library bounds.
 */
export function messageTree(message: Message, description: DescMessage, registry: Registry): Json {
  return treeOf(reflect(description, message), registry);
}

function treeOf(message: ReflectMessage, registry: Registry): Json {
  const { typeName } = message.desc;
  if (WRITTEN_AS_JSON.has(typeName)) return wellKnown(message);
  if (typeName === ANY) return anyTree(message.message as Any, registry);
  const tree = emptyObject();
  for (const field of message.fields) {
    if (message.isSet(field)) tree[field.name] = fieldTree(message, field, registry);
  }
  const unknown = unknownTree(message.message);
  if (unknown !== undefined) tree["$unknown"] = unknown;
  return tree;
}

/** Beyond what their JSON can say, as a year 10,000, they are taken for what they are. */
function wellKnown({ desc, message }: ReflectMessage): Json {
  try {
    return toJson(desc, message);
  } catch {
    return JSON.parse(
      JSON.stringify(message, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
    ) as Json;
  }
}

function anyTree({ typeUrl, value }: Any, registry: Registry): JsonObject {
  const description = registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
  const object = emptyObject();
  object["@type"] = typeUrl;
  object["value"] =
    description === undefined
      ? (parseProtobufWire(value) ?? opaqueBytes(value))
      : messageTree(fromBinary(description, value), description, registry);
  return object;
}

function fieldTree(message: ReflectMessage, field: DescField, registry: Registry): Json {
  switch (field.fieldKind) {
    case "scalar":
      return scalarTree(message.get(field), field.scalar);
    case "enum":
      return enumTree(message.get(field), field.enum);
    case "message":
      return treeOf(message.get(field), registry);
    case "list":
      return [...message.get(field)].map((value) => itemTree(value, field, registry));
    case "map": {
      const map = emptyObject();
      for (const [key, value] of message.get(field)) map[String(key)] = itemTree(value, field, registry);
      return map;
    }
  }
  return unreachable(field);
}

function itemTree(value: unknown, field: DescField & { fieldKind: "list" | "map" }, registry: Registry): Json {
  const kind = field.fieldKind === "list" ? field.listKind : field.mapKind;
  if (kind === "message") return treeOf(value as ReflectMessage, registry);
  return kind === "enum" ? enumTree(value as number, field.enum as DescEnum) : scalarTree(value, field.scalar);
}

function enumTree(value: number, { values }: DescEnum): Json {
  return values.find(({ number }) => number === value)?.name ?? value;
}

function scalarTree(value: unknown, type: ScalarType | undefined): Json {
  if (typeof value === "bigint") return parseNumber(value.toString());
  if (value instanceof Uint8Array) return opaqueBytes(value);
  // NaN and the infinities are no numbers of JSON; a float is shown as short as its precision allows.
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "number" && Object.is(value, -0)) return "-0";
  if (typeof value === "number" && type === ScalarType.FLOAT) return Number(value.toPrecision(9));
  return value as Json;
}

function unknownTree({ $unknown = [] }: Message): JsonObject | undefined {
  if ($unknown.length === 0) return undefined;
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of $unknown) writer.tag(no, wireType).raw(data);
  const bytes = writer.finish();
  const lifted = parseProtobufWire(bytes);
  if (lifted !== undefined) return lifted;
  const object = emptyObject();
  addElement(object, "bytes", opaqueBytes(bytes));
  return object;
}
