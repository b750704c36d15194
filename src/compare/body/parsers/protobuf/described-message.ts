import { fromBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import type { Json } from "../../../tree/json-tree.ts";
import type { ParseBudget } from "../../parse-limits.ts";
import { takeMessageCost } from "./protobuf-cost.ts";
import { LostTextError, messageTree } from "./protobuf-tree.ts";
import { parseProtobufWire } from "./protobuf-wire.ts";

/**
 * Parses a Protocol Buffers message by its descriptor, or by its wire format if the descriptor would lose text.
 * @returns undefined when the bytes are not a message in wire format either
 * @throws ParseLimitError; any other error if the bytes are not such a message
 */
export function describedMessage(
  bytes: Uint8Array,
  descriptor: DescMessage,
  registry: Registry,
  budget: ParseBudget,
): Json | undefined {
  takeMessageCost(bytes, descriptor, budget);
  try {
    return messageTree(fromBinary(descriptor, bytes), descriptor, registry);
  } catch (error) {
    if (error instanceof LostTextError) return parseProtobufWire(bytes, budget);
    throw error;
  }
}
