import type { BodyChange } from "../../model/sample.ts";
import { changeTrees, type ChangeNode } from "./change-tree.ts";
import { ARRAY, hasFlag, lineCount, lineText, OPENS, type LineTable } from "./line-table.ts";
import { RowBuilder, type BodyDiff } from "./row-builder.ts";
import { addTextRows } from "./text-rows.ts";

/** Deeper places are compared as lines; pairing them could exhaust the stack. The API reports no change below 100 levels. */
const MAX_DEPTH = 200;

/** The values at one place of both documents, by their first lines, with the changes below. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly leftChanges: ChangeNode | undefined;
  readonly rightChanges: ChangeNode | undefined;
}

/** A value of a container. */
interface Child {
  readonly line: number;
  readonly key: string;
  readonly changes: ChangeNode | undefined;
}

/** Whether a value starts on a line: an object or array, also an empty one. */
function containerKind(table: LineTable, line: number): "array" | "object" | undefined {
  if (hasFlag(table, line, ARRAY)) return "array";
  return hasFlag(table, line, OPENS) || lineText(table, line).endsWith("{}") ? "object" : undefined;
}

function keyOf(table: LineTable, line: number): string {
  const start = table.starts[line] ?? 0;
  const quoted = table.text.slice(start, start + (table.keyLengths[line] ?? 0));
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

function childrenOf(table: LineTable, line: number, changes: ChangeNode | undefined): Child[] {
  const children: Child[] = [];
  const end = table.ends[line] ?? line;
  const isArray = hasFlag(table, line, ARRAY);
  for (let at = line + 1; at < end; at = (table.ends[at] ?? at) + 1) {
    const key = isArray ? String(children.length) : keyOf(table, at);
    children.push({ line: at, key, changes: changes?.children.get(key) });
  }
  return children;
}

/** A value with all its lines, without the comma after it. */
function textOfValue({ text, starts, ends }: LineTable, line: number): string {
  return text.slice(starts[line], starts[(ends[line] ?? line) + 1]);
}

type SidedChild = readonly [left: Child | undefined, right: Child | undefined];

/** The members of both objects in the order of the left one; members only on the right follow their predecessor there. */
function joinMembers(left: readonly Child[], right: readonly Child[]): SidedChild[] {
  const byKey = new Map(right.map((child) => [child.key, child]));
  const leftKeys = new Set(left.map(({ key }) => key));
  const following = new Map<string | null, Child[]>();
  let anchor: string | null = null;
  for (const child of right) {
    if (leftKeys.has(child.key)) anchor = child.key;
    else following.set(anchor, [...(following.get(anchor) ?? []), child]);
  }
  const joined: SidedChild[] = [];
  let pending = following.get(null) ?? [];
  const addPending = (): void => {
    for (const child of pending.splice(0)) joined.push([undefined, child]);
  };
  for (const child of left) {
    const partner = byKey.get(child.key);
    // Members only on the left come first, so that a renamed member is a removed one followed by an added one.
    if (partner !== undefined) addPending();
    joined.push([child, partner]);
    if (partner !== undefined) pending = following.get(child.key) ?? [];
  }
  addPending();
  return joined;
}

/** Members that share a key have no partner of their own: their lines are compared. */
function repeatsKey(members: readonly Child[]): boolean {
  return new Set(members.map(({ key }) => key)).size < members.length;
}

function isElsewhere({ changes }: Child): boolean {
  return changes !== undefined && (changes.isAlone || changes.movedTo !== undefined);
}

/** The elements of both arrays: those that are neither added, removed nor moved are pairs, in order. */
function joinElements(left: readonly Child[], right: readonly Child[]): SidedChild[] {
  const joined: SidedChild[] = [];
  let at = 0;
  const addAlone = (): void => {
    for (let child = right[at]; child !== undefined && isElsewhere(child); child = right[++at]) {
      joined.push([undefined, child]);
    }
  };
  for (const child of left) {
    if (isElsewhere(child)) joined.push([child, undefined]);
    else {
      addAlone();
      joined.push([child, right[at++]]);
    }
  }
  for (; at < right.length; at += 1) joined.push([undefined, right[at]]);
  return joined;
}

/** Pairs the lines of two JSON documents. */
class JsonRows {
  readonly #left: LineTable;
  readonly #right: LineTable;
  readonly #isCut: boolean;
  readonly #rows = new RowBuilder();

  constructor(left: LineTable, right: LineTable, isCut: boolean) {
    this.#left = left;
    this.#right = right;
    this.#isCut = isCut;
  }

  build(changes: readonly BodyChange[]): Pick<BodyDiff, "rows" | "differences"> {
    const trees = changeTrees(changes);
    this.#addPair({ left: 0, right: 0, leftChanges: trees.left, rightChanges: trees.right }, 0);
    return this.#rows.build();
  }

  #addPair(pair: Pair, depth: number): void {
    const { left, right, leftChanges, rightChanges } = pair;
    if (leftChanges?.isReplaced === true) return this.#addReplaced(pair, leftChanges.pointer);
    const isUnmarked = leftChanges === undefined && rightChanges === undefined;
    if (isUnmarked && textOfValue(this.#left, left) === textOfValue(this.#right, right)) {
      return this.#addEqual(left, right);
    }
    const kind = containerKind(this.#left, left);
    const isContainer = kind !== undefined && kind === containerKind(this.#right, right);
    if (isContainer && depth < MAX_DEPTH) return this.#addContainers(pair, kind, depth);
    if (isContainer || this.#isCut) return this.#addReplaced(pair, `line ${left + 1}`);
    // The values are equal, and only spelled in another way, such as 1 and 1.0.
    return this.#rows.push("same", left, right);
  }

  #addEqual(left: number, right: number): void {
    const count = (this.#left.ends[left] ?? left) - left + 1;
    for (let at = 0; at < count; at += 1) this.#rows.push("same", left + at, right + at);
  }

  #addContainers(pair: Pair, kind: "array" | "object", depth: number): void {
    const { left, right, leftChanges, rightChanges } = pair;
    const [lefts, rights] = [childrenOf(this.#left, left, leftChanges), childrenOf(this.#right, right, rightChanges)];
    if (kind === "object" && (repeatsKey(lefts) || repeatsKey(rights))) {
      return this.#addReplaced(pair, leftChanges?.pointer ?? `line ${left + 1}`);
    }
    const [leftEnd, rightEnd] = [this.#left.ends[left] ?? left, this.#right.ends[right] ?? right];
    // An empty container is one line, next to the first of several.
    const isEqualHead = (leftEnd === left) === (rightEnd === right);
    this.#rows.push(isEqualHead ? "same" : "replace", left, right);
    for (const [one, other] of kind === "array" ? joinElements(lefts, rights) : joinMembers(lefts, rights)) {
      if (one !== undefined && other !== undefined) {
        const child = {
          left: one.line,
          right: other.line,
          leftChanges: one.changes,
          rightChanges: other.changes,
        };
        this.#addPair(child, depth + 1);
      } else if (one !== undefined) this.#addAlone(one, "left");
      else if (other !== undefined) this.#addAlone(other, "right");
    }
    if (leftEnd === left && rightEnd === right) return undefined;
    if (isEqualHead) return this.#rows.push("same", leftEnd, rightEnd);
    return leftEnd === left ? this.#rows.push("add", -1, rightEnd) : this.#rows.push("remove", leftEnd, -1);
  }

  /** Two values of which one replaces the other; in large ones, the lines that they share are marked as the same. */
  #addReplaced({ left, right }: Pair, at: string): void {
    let isFirst = true;
    addTextRows(
      this.#rows,
      { left: this.#left, right: this.#right },
      {
        left: { from: left, to: (this.#left.ends[left] ?? left) + 1 },
        right: { from: right, to: (this.#right.ends[right] ?? right) + 1 },
      },
      (mark) => {
        if (isFirst) this.#rows.startDifference(mark, at);
        isFirst = false;
      },
    );
  }

  /** A value that only one side has, or has at this place. */
  #addAlone({ line, changes }: Child, side: "left" | "right"): void {
    const own = side === "left" ? "remove" : "add";
    const to = changes?.movedTo;
    const isMoved = to !== undefined;
    // A move is one difference: it starts where the element was.
    if (!isMoved) this.#rows.startDifference(own, changes?.pointer ?? `line ${line + 1}`);
    else if (side === "left") this.#rows.startDifference("move", changes?.pointer ?? "", to);
    this.#addLines(line, isMoved ? "move" : own, isMoved ? changes : undefined, side);
  }

  /** The lines of a value on one side; what has changed in a moved element is marked as removed and added. */
  #addLines(
    line: number,
    mark: "add" | "remove" | "move",
    changes: ChangeNode | undefined,
    side: "left" | "right",
  ): void {
    const table = side === "left" ? this.#left : this.#right;
    const own = side === "left" ? "remove" : "add";
    const push = (at: number, as: "add" | "remove" | "move"): void =>
      side === "left" ? this.#rows.push(as, at, -1) : this.#rows.push(as, -1, at);
    const end = table.ends[line] ?? line;
    if (changes?.isReplaced === true || changes?.isAlone === true) {
      const isNew = changes.isAlone || side === "left";
      if (isNew) this.#rows.startDifference(changes.isAlone ? own : "replace", changes.pointer);
      for (let at = line; at <= end; at += 1) push(at, own);
    } else if (changes === undefined || changes.children.size === 0 || end === line) {
      for (let at = line; at <= end; at += 1) push(at, mark);
    } else {
      push(line, mark);
      for (const child of childrenOf(table, line, changes)) this.#addLines(child.line, mark, child.changes, side);
      push(end, mark);
    }
  }
}

/**
 * Two JSON documents side by side. Compares nothing: exactly the places named in `changes` are marked.
 * @param changes from the left document to the right one, as the admin API lists them
 * @param isCut there can be more changes than listed, so values that are spelled differently are marked too
 */
export function jsonRows(
  left: LineTable,
  right: LineTable,
  changes: readonly BodyChange[],
  isCut: boolean,
): Pick<BodyDiff, "rows" | "differences"> {
  if (lineCount(left) === 0 || lineCount(right) === 0) return new RowBuilder().build();
  return new JsonRows(left, right, isCut).build(changes);
}
