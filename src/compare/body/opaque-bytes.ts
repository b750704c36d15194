import { createHash } from "node:crypto";
import type { JsonObject } from "../tree/json-tree.ts";

/** What stands for bytes without a meaning: equal ones are equal, and nothing of them is shown. */
export function opaqueBytes(bytes: Uint8Array): JsonObject {
  return { bytes: bytes.length, sha256: sha256(bytes) };
}

/** In hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
