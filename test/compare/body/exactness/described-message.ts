import { create, createFileRegistry, toBinary, type FileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";

const known = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_timestamp,
].map(({ proto }) => proto);

const OPTIONAL = Label.OPTIONAL;
const REPEATED = Label.REPEATED;
const MESSAGE = Type.MESSAGE;
const entry = (name: string, key: Type, value: Type, typeName?: string) => ({
  name,
  options: { mapEntry: true },
  field: [
    { name: "key", number: 1, type: key, label: OPTIONAL },
    { name: "value", number: 2, type: value, label: OPTIONAL, ...(typeName !== undefined && { typeName }) },
  ],
});

/** A message with every kind of field. */
const DESCRIPTORS = create(FileDescriptorSetSchema, {
  file: [
    ...known,
    {
      name: "all.proto",
      package: "test",
      syntax: "proto3",
      dependency: known.map(({ name }) => name),
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
        {
          name: "All",
          field: [
            { name: "int", number: 1, type: Type.INT32, label: OPTIONAL },
            { name: "long", number: 2, type: Type.INT64, label: OPTIONAL },
            { name: "unsigned", number: 3, type: Type.UINT64, label: OPTIONAL },
            { name: "signed", number: 4, type: Type.SINT64, label: OPTIONAL },
            { name: "fixed", number: 5, type: Type.FIXED32, label: OPTIONAL },
            { name: "fixed_long", number: 6, type: Type.SFIXED64, label: OPTIONAL },
            { name: "float", number: 7, type: Type.FLOAT, label: OPTIONAL },
            { name: "double", number: 8, type: Type.DOUBLE, label: OPTIONAL },
            { name: "flag", number: 9, type: Type.BOOL, label: OPTIONAL },
            { name: "text", number: 10, type: Type.STRING, label: OPTIONAL },
            { name: "raw", number: 11, type: Type.BYTES, label: OPTIONAL },
            { name: "state", number: 12, type: Type.ENUM, typeName: ".test.State", label: OPTIONAL },
            { name: "inner", number: 13, type: MESSAGE, typeName: ".test.All", label: OPTIONAL },
            { name: "ints", number: 14, type: Type.SINT32, label: REPEATED },
            { name: "texts", number: 15, type: Type.STRING, label: REPEATED },
            { name: "items", number: 16, type: MESSAGE, typeName: ".test.All", label: REPEATED },
            { name: "counts", number: 17, type: MESSAGE, typeName: ".test.All.CountsEntry", label: REPEATED },
            { name: "by_id", number: 18, type: MESSAGE, typeName: ".test.All.ByIdEntry", label: REPEATED },
            { name: "maybe", number: 19, type: Type.INT32, label: OPTIONAL, proto3Optional: true, oneofIndex: 1 },
            { name: "either", number: 20, type: Type.STRING, label: OPTIONAL, oneofIndex: 0 },
            { name: "or", number: 21, type: MESSAGE, typeName: ".test.All", label: OPTIONAL, oneofIndex: 0 },
            { name: "at", number: 22, type: MESSAGE, typeName: ".google.protobuf.Timestamp", label: OPTIONAL },
            { name: "took", number: 23, type: MESSAGE, typeName: ".google.protobuf.Duration", label: OPTIONAL },
            { name: "mask", number: 24, type: MESSAGE, typeName: ".google.protobuf.FieldMask", label: OPTIONAL },
            { name: "any", number: 25, type: MESSAGE, typeName: ".google.protobuf.Any", label: OPTIONAL },
          ],
          oneofDecl: [{ name: "choice" }, { name: "_maybe" }],
          nestedType: [
            entry("CountsEntry", Type.STRING, Type.INT32),
            entry("ByIdEntry", Type.INT64, MESSAGE, ".test.All"),
          ],
        },
      ],
    },
  ],
});

export const ALL_DESCRIPTORS: Uint8Array = toBinary(FileDescriptorSetSchema, DESCRIPTORS);

export function allRegistry(): FileRegistry {
  return createFileRegistry(DESCRIPTORS);
}
