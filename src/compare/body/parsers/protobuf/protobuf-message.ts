import { fromBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { readDescriptorSet } from "../../../../lib/protobuf-descriptor-set.ts";
import type { Json } from "../../../tree/json-tree.ts";
import type { ContentType } from "../../content-type.ts";
import { ParseBudget, ParseLimitError } from "../../parse-limits.ts";
import { takeMessageCost } from "./protobuf-cost.ts";
import { LostTextError, messageTree } from "./protobuf-tree.ts";
import { parseProtobufWire } from "./protobuf-wire.ts";

/** Media type parameters that name the message type, as used by Spring, Confluent and others. */
const TYPE_PARAMETERS = ["messagetype", "proto", "type", "message"] as const;

export interface ProtobufSource {
  readonly type: ContentType;
  /** The request target in origin form. For gRPC it identifies the method. */
  readonly target: string;
  /** Descriptors of message types; undefined when none are configured. */
  readonly registry: Registry | undefined;
}

/**
 * Parses a Protocol Buffers message, by its descriptor if there is one, otherwise by its wire format.
 * @returns undefined when the bytes are not a valid message
 * @throws ParseLimitError
 */
export function parseProtobuf(bytes: Uint8Array, source: ProtobufSource, budget = new ParseBudget()): Json | undefined {
  const descriptor = findDescriptor(source);
  if (source.registry === undefined || descriptor === undefined) return parseProtobufWire(bytes, budget);
  try {
    takeMessageCost(bytes, descriptor, budget);
    return messageTree(fromBinary(descriptor, bytes), descriptor, source.registry);
  } catch (error) {
    if (error instanceof ParseLimitError) throw error;
    return error instanceof LostTextError ? parseProtobufWire(bytes, budget) : undefined;
  }
}

/** Finds the message type by the media type, or by a path that ends with `/package.Service/Method` (gRPC, Connect, Twirp). */
function findDescriptor({ type, target, registry }: ProtobufSource): DescMessage | undefined {
  if (registry === undefined) return undefined;
  for (const name of TYPE_PARAMETERS) {
    const message = registry.getMessage(type.parameters.get(name)?.replace(/^\./, "") ?? "");
    if (message !== undefined) return message;
  }
  const path = target.split(/[?#]/, 1)[0] ?? "";
  const [method = "", service = ""] = path.split("/").toReversed();
  return registry.getService(service)?.methods.find(({ name }) => name === method)?.output;
}

/**
 * Reads the configured descriptors. The configuration check has already read the file. If it has become unreadable since,
 * messages are parsed by their wire format, which finds the same differences at other paths.
 * @param path a FileDescriptorSet file; undefined when none is configured
 */
export function readRegistry(path: string | undefined): Registry | undefined {
  if (path === undefined) return undefined;
  try {
    return readDescriptorSet(path);
  } catch {
    return undefined;
  }
}
