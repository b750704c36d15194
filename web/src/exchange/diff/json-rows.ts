import type { BodyChange } from "../../../../src/model/sample.ts";
import type { JsonNode } from "./parse-json.ts";
import { bracket, lead, printJson } from "./print-json.ts";
import type { Line, Row, RowMark, Token } from "./diff-row.ts";

/** One place in both documents. A side that has nothing here is undefined. */
interface Place {
  readonly left: JsonNode | undefined;
  readonly right: JsonNode | undefined;
  readonly pointer: string;
  readonly key: string | null;
  readonly depth: number;
  readonly lastLeft: boolean;
  readonly lastRight: boolean;
}

/** One reference token of a JSON Pointer (RFC 6901 §3). */
function pointerToken(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The primary's keys in their order; those that only the other side has stand where it has them. */
function joinedKeys(left: ReadonlyMap<string, JsonNode>, right: ReadonlyMap<string, JsonNode>): string[] {
  const following = new Map<string | null, string[]>();
  let anchor: string | null = null;
  for (const key of right.keys()) {
    if (left.has(key)) anchor = key;
    else following.set(anchor, [...(following.get(anchor) ?? []), key]);
  }
  const joined: string[] = [];
  let waiting = following.get(null) ?? [];
  for (const key of left.keys()) {
    // A renamed key is a removed one and, below it, an added one.
    if (right.has(key)) joined.push(...waiting.splice(0));
    joined.push(key);
    if (right.has(key)) waiting = following.get(key) ?? [];
  }
  return [...joined, ...waiting];
}

function children({ left, right, pointer, depth }: Place): Place[] {
  const sides: { key: string | null; token: string; left: JsonNode | undefined; right: JsonNode | undefined }[] = [];
  if (left?.kind === "object" && right?.kind === "object") {
    for (const key of joinedKeys(left.entries, right.entries)) {
      sides.push({ key, token: pointerToken(key), left: left.entries.get(key), right: right.entries.get(key) });
    }
  } else if (left?.kind === "array" && right?.kind === "array") {
    for (let index = 0; index < Math.max(left.items.length, right.items.length); index += 1) {
      sides.push({ key: null, token: `/${index}`, left: left.items[index], right: right.items[index] });
    }
  }
  const lastLeft = sides.findLastIndex((side) => side.left !== undefined);
  const lastRight = sides.findLastIndex((side) => side.right !== undefined);
  return sides.map(({ key, token, left, right }, index) => ({
    left,
    right,
    key,
    pointer: pointer + token,
    depth: depth + 1,
    lastLeft: index === lastLeft,
    lastRight: index === lastRight,
  }));
}

/**
 * Two JSON documents side by side. Nothing is compared here: a place is marked when `changes` names it, and only then.
 * @param changes from the primary's document to the other's, as the admin API tells them
 */
export function jsonRows(left: JsonNode, right: JsonNode, changes: readonly BodyChange[]): readonly Row[] {
  const ops = new Map(changes.map(({ pointer, op }) => [pointer, op]));
  const rows: Row[] = [];
  let leftNumber = 0;
  let rightNumber = 0;

  const push = (mark: RowMark, one: Token[] | undefined, two: Token[] | undefined, difference: string | null): void => {
    const leftLine: Line | null = one === undefined ? null : { number: (leftNumber += 1), tokens: one };
    const rightLine: Line | null = two === undefined ? null : { number: (rightNumber += 1), tokens: two };
    rows.push({ mark, left: leftLine, right: rightLine, difference });
  };

  const block = (place: Place, mark: RowMark): void => {
    const { key, depth } = place;
    const one = place.left === undefined ? [] : printJson(place.left, { key, depth, last: place.lastLeft });
    const two = place.right === undefined ? [] : printJson(place.right, { key, depth, last: place.lastRight });
    for (let index = 0; index < Math.max(one.length, two.length); index += 1) {
      push(mark, one[index], two[index], mark !== "same" && index === 0 ? place.pointer : null);
    }
  };

  const walk = (place: Place): void => {
    const op = ops.get(place.pointer);
    if (op !== undefined) return block(place, op);
    const inner = children(place);
    if (inner.length === 0) return block(place, "same");
    const [open, close] = place.left?.kind === "object" ? ["{", "}"] : ["[", "]"];
    const start = lead({ depth: place.depth, key: place.key, last: true });
    push("same", [...start, bracket(open, true)], [...start, bracket(open, true)], null);
    for (const child of inner) walk(child);
    const indent = lead({ depth: place.depth, key: null, last: true });
    push("same", [...indent, bracket(close, place.lastLeft)], [...indent, bracket(close, place.lastRight)], null);
  };

  walk({ left, right, pointer: "", key: null, depth: 0, lastLeft: true, lastRight: true });
  return rows;
}
