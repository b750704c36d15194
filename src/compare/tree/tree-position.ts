import type { RuleScope } from "../rules/rule-scope.ts";
import { BodyPath } from "./body-path.ts";

/** Subtrees below this depth are compared as one value, and their path ends with `…`. */
export const MAX_DEPTH = 100;

/** A position in two trees: its field path, and the keys that lead to it in each tree. */
export interface TreePosition {
  readonly path: BodyPath;
  readonly parent: TreePosition | null;
  /** The key in the primary, or in the candidate if the primary has no value here. */
  readonly key: string | number;
  /** The key in the candidate. It differs from `key` for array elements at another index. */
  readonly candidateKey: string | number;
  readonly depth: number;
}

export function rootPosition(scope: RuleScope | undefined): TreePosition {
  return { path: new BodyPath("$", false, scope), parent: null, key: "", candidateKey: "", depth: 0 };
}

export function childPosition(
  parent: TreePosition,
  path: BodyPath,
  key: string | number,
  candidateKey: string | number = key,
): TreePosition {
  return { path, parent, key, candidateKey, depth: parent.depth + 1 };
}

/**
 * The JSON Pointer (RFC 6901) to a position.
 * @param side the tree that the pointer is for
 * @param keyText how stored bodies spell a key; secret keys are fingerprints
 */
export function jsonPointer(
  position: TreePosition,
  side: "primary" | "candidate",
  keyText: (key: string, belowSensitive: boolean) => string,
): string {
  const tokens: string[] = [];
  for (let at = position; at.parent !== null; at = at.parent) {
    const key = side === "primary" ? at.key : at.candidateKey;
    tokens.push(typeof key === "number" ? `${key}` : escapeToken(keyText(key, at.parent.path.isSensitive)));
  }
  return tokens
    .toReversed()
    .map((token) => `/${token}`)
    .join("");
}

/** Member names and array indexes from the root to a position. */
export function keysTo(position: TreePosition, side: "primary" | "candidate"): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = position; at.parent !== null; at = at.parent) {
    keys.push(side === "primary" ? at.key : at.candidateKey);
  }
  return keys.toReversed();
}

/** Escapes one reference token of a JSON Pointer (RFC 6901 §3). */
export function escapeToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
