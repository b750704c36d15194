import { createHash } from "node:crypto";
import type { JsonObject } from "../tree/json-tree.ts";

/** Represents binary data by its length and hash: equal bytes stay equal, and their content is not shown. */
export function opaqueBytes(bytes: Uint8Array): JsonObject {
  return { bytes: bytes.length, sha256: sha256(bytes) };
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
