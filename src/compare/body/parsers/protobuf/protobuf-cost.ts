import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { COST, type ParseBudget } from "../../parse-limits.ts";

/** A smaller message cannot exceed the budget: each field takes two bytes or more. */
const SMALL_BYTES = 64 * 1024;
/** The library does not read deeper messages. */
const MAX_DEPTH = 100;

/**
 * Takes what a message will need once the library has read it, which it does without a limit.
 * @throws ParseLimitError, and any error for bytes that are not valid
 */
export function takeMessageCost(bytes: Uint8Array, descriptor: DescMessage, budget: ParseBudget): void {
  if (bytes.length > SMALL_BYTES) takeFields(new BinaryReader(bytes), bytes.length, descriptor, budget, 0);
}

function takeFields(
  reader: BinaryReader,
  end: number,
  { fields }: DescMessage,
  budget: ParseBudget,
  depth: number,
): void {
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  budget.take(COST.element);
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = byNumber.get(number);
    const inner = field === undefined ? undefined : messageOf(field);
    budget.take(COST.field);
    if (wireType !== WireType.LengthDelimited || field === undefined || depth >= MAX_DEPTH) {
      reader.skip(wireType, number);
      continue;
    }
    const length = reader.uint32();
    if (inner !== undefined) takeFields(reader, reader.pos + length, inner, budget, depth + 1);
    else {
      // A packed list has up to one element per byte.
      if (isPackable(field)) budget.take(length);
      if (field.fieldKind === "map") budget.take(COST.element);
      reader.pos += length;
    }
  }
}

function messageOf(field: DescField): DescMessage | undefined {
  return field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
}

function isPackable(field: DescField): boolean {
  if (field.fieldKind !== "list" || field.listKind === "message") return false;
  return field.listKind === "enum" || (field.scalar !== ScalarType.STRING && field.scalar !== ScalarType.BYTES);
}
