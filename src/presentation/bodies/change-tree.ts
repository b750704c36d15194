import type { BodyChange } from "../../model/sample.ts";

/** The changes at and below one place of a body. */
export interface ChangeNode {
  readonly children: Map<string, ChangeNode>;
  /** Only this side has the value. */
  isAlone: boolean;
  isReplaced: boolean;
  /** The pointer of a moved element on the other side. */
  movedTo: string | undefined;
  /** The JSON Pointer of the place; set where something changes. */
  pointer: string;
}

function createNode(): ChangeNode {
  return { children: new Map(), isAlone: false, isReplaced: false, movedTo: undefined, pointer: "" };
}

function nodeAt(root: ChangeNode, pointer: string): ChangeNode {
  let node = root;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    let child = node.children.get(key);
    if (child === undefined) node.children.set(key, (child = createNode()));
    node = child;
  }
  node.pointer = pointer;
  return node;
}

/** The changes by their places in both bodies. */
export function changeTrees(changes: readonly BodyChange[]): { readonly left: ChangeNode; readonly right: ChangeNode } {
  const [left, right] = [createNode(), createNode()];
  for (const { op, pointer, candidatePointer = pointer } of changes) {
    if (op === "add") nodeAt(right, pointer).isAlone = true;
    else if (op === "remove") nodeAt(left, pointer).isAlone = true;
    else if (op === "replace") {
      nodeAt(left, pointer).isReplaced = true;
      nodeAt(right, candidatePointer).isReplaced = true;
    } else {
      nodeAt(left, pointer).movedTo = candidatePointer;
      nodeAt(right, candidatePointer).movedTo = pointer;
    }
  }
  return { left, right };
}
