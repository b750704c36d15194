import type { RuleScope } from "../rules/rule-scope.ts";
import { BodyPath } from "./body-path.ts";

/** Below this depth a subtree is compared as a whole and its path ends with `…`. */
export const MAX_DEPTH = 100;

/** Where in two trees: the shape, and the way to it in each. */
export interface TreePosition {
  readonly shape: BodyPath;
  readonly parent: TreePosition | null;
  /** In the primary; where it has nothing, the candidate's. */
  readonly key: string | number;
  /** In the candidate: another one for elements that stand elsewhere. */
  readonly other: string | number;
  readonly depth: number;
}

export function rootPosition(scope: RuleScope | undefined): TreePosition {
  return { shape: new BodyPath("$", false, scope), parent: null, key: "", other: "", depth: 0 };
}

export function childPosition(
  parent: TreePosition,
  shape: BodyPath,
  key: string | number,
  other: string | number = key,
): TreePosition {
  return { shape, parent, key, other, depth: parent.depth + 1 };
}

/**
 * JSON Pointer (RFC 6901) to a place.
 * @param side the tree that it leads through
 * @param keyText what a key is called in stored bodies, where dangerous keys are fingerprints
 */
export function jsonPointer(
  place: TreePosition,
  side: "primary" | "candidate",
  keyText: (key: string, belowSensitive: boolean) => string,
): string {
  const tokens: string[] = [];
  for (let at = place; at.parent !== null; at = at.parent) {
    const key = side === "primary" ? at.key : at.other;
    tokens.push(typeof key === "number" ? `${key}` : escapeToken(keyText(key, at.parent.shape.sensitive)));
  }
  return tokens
    .toReversed()
    .map((token) => `/${token}`)
    .join("");
}

/** Members and indexes from the root to a place. */
export function keysTo(place: TreePosition, side: "primary" | "candidate"): (string | number)[] {
  const way: (string | number)[] = [];
  for (let at = place; at.parent !== null; at = at.parent) way.push(side === "primary" ? at.key : at.other);
  return way.toReversed();
}

/** One reference token of a JSON Pointer (RFC 6901 §3). */
export function escapeToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
