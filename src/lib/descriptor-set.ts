import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/**
 * Reads a FileDescriptorSet, as `protoc --include_imports --descriptor_set_out` and `buf build -o` write it.
 * @throws Error with one line that says what is wrong with the file
 */
export function readDescriptorSet(path: string): FileRegistry {
  const bytes = read(path);
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  } catch (error) {
    throw new Error(`${path} is no complete FileDescriptorSet: ${(error as Error).message}`, { cause: error });
  }
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${path} cannot be read: ${code ?? String(error)}`, { cause: error });
  }
}
