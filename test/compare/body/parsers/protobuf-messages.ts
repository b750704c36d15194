import { create, createFileRegistry, toBinary, type FileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_timestamp,
  type FileDescriptorSet,
} from "@bufbuild/protobuf/wkt";

const OPTIONAL = Label.OPTIONAL;

/** `shop.Orders/Get` responds with `shop.Order`. */
const DESCRIPTORS: FileDescriptorSet = create(FileDescriptorSetSchema, {
  file: [
    file_google_protobuf_timestamp.proto,
    create(FileDescriptorProtoSchema, {
      name: "shop.proto",
      package: "shop",
      syntax: "proto3",
      dependency: ["google/protobuf/timestamp.proto"],
      enumType: [
        {
          name: "State",
          value: [
            { name: "NEW", number: 0 },
            { name: "PAID", number: 1 },
          ],
        },
      ],
      messageType: [
        { name: "Request" },
        {
          name: "Item",
          field: [
            { name: "name", number: 1, type: Type.STRING, label: OPTIONAL },
            { name: "price", number: 2, type: Type.DOUBLE, label: OPTIONAL },
          ],
        },
        {
          name: "Order",
          field: [
            { name: "id", number: 1, type: Type.UINT64, label: OPTIONAL },
            { name: "state", number: 2, type: Type.ENUM, typeName: ".shop.State", label: OPTIONAL },
            { name: "items", number: 3, type: Type.MESSAGE, typeName: ".shop.Item", label: Label.REPEATED },
            { name: "password", number: 4, type: Type.STRING, label: OPTIONAL },
            { name: "blob", number: 5, type: Type.BYTES, label: OPTIONAL },
            { name: "at", number: 6, type: Type.MESSAGE, typeName: ".google.protobuf.Timestamp", label: OPTIONAL },
            { name: "self", number: 7, type: Type.MESSAGE, typeName: ".shop.Order", label: OPTIONAL },
            { name: "offset", number: 8, type: Type.SINT32, label: OPTIONAL },
          ],
        },
      ],
      service: [{ name: "Orders", method: [{ name: "Get", inputType: ".shop.Request", outputType: ".shop.Order" }] }],
    }),
  ],
});

export const DESCRIPTOR_SET: Uint8Array = toBinary(FileDescriptorSetSchema, DESCRIPTORS);

export function registry(): FileRegistry {
  return createFileRegistry(DESCRIPTORS);
}

/** A length-delimited field. */
export function bytes(number: number, content: string | Uint8Array): Buffer {
  const value = Buffer.from(content as string);
  return Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
}

export function number(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

export function double(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | 1), buffer]);
}

function varint(value: number | bigint): Buffer {
  const out: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...out, Number(rest)]);
}

/** One gRPC frame. */
export function frame(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
