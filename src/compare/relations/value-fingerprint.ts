import { ExactNumber } from "../tree/exact-number.ts";
import type { Json } from "../tree/json-tree.ts";

/** A number for texts, so that nothing keeps a body alive. */
export type Fingerprint = number | boolean | null | undefined;

const MAX_HASHED_CHARS = 64;
const ABSENT = -1;

/** Enough of a scalar to see whether it changes; undefined for containers, which are compared member by member. */
export function valueFingerprint(value: Json | undefined): Fingerprint {
  if (typeof value === "string") return hashText(value);
  if (value instanceof ExactNumber) return hashText(value.source);
  if (value === undefined) return ABSENT;
  return typeof value === "object" && value !== null ? undefined : value;
}

/** FNV-1a (Fowler, Noll & Vo) over the length and the first characters. */
function hashText(text: string): number {
  let hash = 0x811c9dc5 ^ text.length;
  const end = Math.min(text.length, MAX_HASHED_CHARS);
  for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
