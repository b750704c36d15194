import type { BodyChange } from "../../../../src/model/sample.ts";
import type { Row, RowMark, Token } from "./diff-row.ts";
import type { JsonNode } from "./parse-json.ts";
import { bracket, linePrefix, printJson } from "./print-json.ts";

/** The values at the same location of both documents; undefined on a side without a value there. */
interface NodePair {
  readonly left: JsonNode | undefined;
  readonly right: JsonNode | undefined;
  readonly pointer: string;
  /** Null for the root and for array elements. */
  readonly key: string | null;
  readonly depth: number;
  readonly isLastLeft: boolean;
  readonly isLastRight: boolean;
}

/** Encodes a key as a reference token of a JSON Pointer (RFC 6901 §3). */
function pointerToken(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The keys of both objects in the order of the left one; keys only on the right follow their predecessor there. */
function joinedKeys(left: ReadonlyMap<string, JsonNode>, right: ReadonlyMap<string, JsonNode>): string[] {
  const following = new Map<string | null, string[]>();
  let anchor: string | null = null;
  for (const key of right.keys()) {
    if (left.has(key)) anchor = key;
    else following.set(anchor, [...(following.get(anchor) ?? []), key]);
  }
  const joined: string[] = [];
  let pending = following.get(null) ?? [];
  for (const key of left.keys()) {
    // Keys only on the left come first, so that a renamed key is a removed one followed by an added one.
    if (right.has(key)) joined.push(...pending.splice(0));
    joined.push(key);
    if (right.has(key)) pending = following.get(key) ?? [];
  }
  return [...joined, ...pending];
}

function childPairs({ left, right, pointer, depth }: NodePair): NodePair[] {
  const pairs: Pick<NodePair, "key" | "pointer" | "left" | "right">[] = [];
  if (left?.kind === "object" && right?.kind === "object") {
    for (const key of joinedKeys(left.entries, right.entries)) {
      pairs.push({
        key,
        pointer: pointer + pointerToken(key),
        left: left.entries.get(key),
        right: right.entries.get(key),
      });
    }
  } else if (left?.kind === "array" && right?.kind === "array") {
    for (let index = 0; index < Math.max(left.items.length, right.items.length); index += 1) {
      pairs.push({ key: null, pointer: `${pointer}/${index}`, left: left.items[index], right: right.items[index] });
    }
  }
  const lastLeft = pairs.findLastIndex((pair) => pair.left !== undefined);
  const lastRight = pairs.findLastIndex((pair) => pair.right !== undefined);
  return pairs.map((pair, index) => ({
    ...pair,
    depth: depth + 1,
    isLastLeft: index === lastLeft,
    isLastRight: index === lastRight,
  }));
}

/**
 * Two JSON documents side by side. Compares nothing: exactly the locations named in `changes` are marked.
 * @param changes from the left document to the right one, as the admin API lists them
 */
export function jsonRows(left: JsonNode, right: JsonNode, changes: readonly BodyChange[]): readonly Row[] {
  const ops = new Map(changes.map(({ pointer, op }) => [pointer, op]));
  const rows: Row[] = [];
  let leftNumber = 0;
  let rightNumber = 0;

  const push = (
    mark: RowMark,
    leftTokens: Token[] | undefined,
    rightTokens: Token[] | undefined,
    difference: string | null,
  ): void => {
    rows.push({
      mark,
      left: leftTokens === undefined ? null : { number: (leftNumber += 1), tokens: leftTokens },
      right: rightTokens === undefined ? null : { number: (rightNumber += 1), tokens: rightTokens },
      difference,
    });
  };

  const pushValues = (pair: NodePair, mark: RowMark): void => {
    const { key, depth, pointer } = pair;
    const leftLines = pair.left === undefined ? [] : printJson(pair.left, { key, depth, isLast: pair.isLastLeft });
    const rightLines = pair.right === undefined ? [] : printJson(pair.right, { key, depth, isLast: pair.isLastRight });
    for (let index = 0; index < Math.max(leftLines.length, rightLines.length); index += 1) {
      push(mark, leftLines[index], rightLines[index], mark !== "same" && index === 0 ? pointer : null);
    }
  };

  const walk = (pair: NodePair): void => {
    const op = ops.get(pair.pointer);
    if (op !== undefined) return pushValues(pair, op);
    const children = childPairs(pair);
    if (children.length === 0) return pushValues(pair, "same");
    const { key, depth } = pair;
    const [open, close] = pair.left?.kind === "object" ? ["{", "}"] : ["[", "]"];
    const firstLine = [...linePrefix({ depth, key }), bracket(open, true)];
    push("same", firstLine, firstLine, null);
    for (const child of children) walk(child);
    const indent = linePrefix({ depth, key: null });
    push("same", [...indent, bracket(close, pair.isLastLeft)], [...indent, bracket(close, pair.isLastRight)], null);
  };

  walk({ left, right, pointer: "", key: null, depth: 0, isLastLeft: true, isLastRight: true });
  return rows;
}
