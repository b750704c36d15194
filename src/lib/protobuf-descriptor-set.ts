import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/**
 * Reads a FileDescriptorSet, the output of `protoc --include_imports --descriptor_set_out` and of `buf build -o`.
 * @throws Error with a one-line message that names the file and the problem
 */
export function readDescriptorSet(path: string): FileRegistry {
  const bytes = readBytes(path);
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  } catch (error) {
    throw new Error(`${path} is not a complete FileDescriptorSet: ${(error as Error).message}`, { cause: error });
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${path} cannot be read: ${code ?? String(error)}`, { cause: error });
  }
}
