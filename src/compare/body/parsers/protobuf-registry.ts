import type { Registry } from "@bufbuild/protobuf";
import { readDescriptorSet } from "../../../lib/protobuf-descriptor-set.ts";

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
