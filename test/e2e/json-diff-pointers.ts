import { diff, type IChange } from "json-diff-ts";
import type { BodyChange } from "../../src/model/sample.ts";

const OPS = { ADD: "add", REMOVE: "remove", UPDATE: "replace" } as const;

/**
 * The changes that json-diff-ts finds between two documents, as sorted lines of `op pointer`. Arrays are paired by index, and a
 * removal with an addition under the same key is a replacement.
 */
export function jsonDiffPointers(left: unknown, right: unknown): readonly string[] {
  const found = new Map<string, BodyChange["op"]>();
  const walk = (changes: readonly IChange[], parent: string): void => {
    for (const { key, type, changes: inner } of changes) {
      const pointer = `${parent}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (inner !== undefined) walk(inner, pointer);
      else found.set(pointer, found.has(pointer) ? "replace" : OPS[type]);
    }
  };
  walk(diff(left, right), "");
  return [...found].map(([pointer, op]) => `${op} ${pointer}`).sort();
}
