import { createRequire } from "node:module";
import { extname } from "node:path";
import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type * as descriptorSets from "../../../../lib/protobuf-descriptor-set.ts";
import type { Json } from "../../../tree/json-tree.ts";
import type { ContentType } from "../../content-type.ts";
import { ParseBudget, ParseLimitError } from "../../parse-limits.ts";
import type * as described from "./described-message.ts";
import { parseProtobufWire } from "./protobuf-wire.ts";

const load = createRequire(import.meta.url);
const EXTENSION = extname(import.meta.filename);

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
  // Loaded on demand: the library takes 100 ms and 20 MB, and few configurations name a descriptor set.
  const { describedMessage } = load(`./described-message${EXTENSION}`) as typeof described;
  try {
    return describedMessage(bytes, descriptor, source.registry, budget);
  } catch (error) {
    if (error instanceof ParseLimitError) throw error;
    return undefined;
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
    const { readDescriptorSet } = load(`../../../../lib/protobuf-descriptor-set${EXTENSION}`) as typeof descriptorSets;
    return readDescriptorSet(path);
  } catch {
    return undefined;
  }
}
