import { fromBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { readDescriptorSet } from "../../../lib/protobuf-descriptor-set.ts";
import type { Json } from "../../tree/json-tree.ts";
import type { ContentType } from "../content-type.ts";
import { messageTree } from "./protobuf-tree.ts";
import { parseProtobufWire } from "./protobuf-wire.ts";

/** Parameters of a media type that name the message: of Spring, of Confluent, of others. */
const TYPE_PARAMETERS = ["messagetype", "proto", "type", "message"] as const;

export interface MessageSource {
  readonly type: ContentType;
  /** Of the request, in origin form: tells the method that answers. */
  readonly target: string;
  /** What is known of messages; undefined: nothing. */
  readonly registry: Registry | undefined;
}

/**
 * A message of Protocol Buffers: by its description where one is known, otherwise by its wire format.
 * @returns undefined when it is no such message
 * @throws ParseLimitError
 */
export function parseProtobuf(bytes: Uint8Array, source: MessageSource): Json | undefined {
  const description = descriptionOf(source);
  if (source.registry === undefined || description === undefined) return parseProtobufWire(bytes);
  try {
    return messageTree(fromBinary(description, bytes), description, source.registry);
  } catch {
    return undefined;
  }
}

/** By the media type, or by a path that ends with `/package.Service/Method`, as those of gRPC, Connect and Twirp. */
function descriptionOf({ type, target, registry }: MessageSource): DescMessage | undefined {
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
 * The descriptions of messages that a configuration names. Its check has read the file already; should that be gone or
 * broken since, messages are read by their wire format, which finds the same differences at other paths.
 * @param path of a FileDescriptorSet; undefined: there is none
 */
export function readRegistry(path: string | undefined): Registry | undefined {
  if (path === undefined) return undefined;
  try {
    return readDescriptorSet(path);
  } catch {
    return undefined;
  }
}
